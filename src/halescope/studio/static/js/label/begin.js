// Which data set to label: how far each is, and a way in.
import { api, pageData, part } from "/static/js/lib/api.js";
import { integer, plural } from "/static/js/lib/format.js";
import { broken, empty, h, icon, loading, progress } from "/static/js/lib/ui.js";

const host = document.getElementById("sets");

function card(set) {
  const share = progress(set.count ? set.reviewed / set.count : 0);
  share.setAttribute("aria-label", `${set.reviewed} of ${set.count} pictures reviewed`);
  const isDone = set.count > 0 && set.reviewed === set.count;
  return h("a", { class: "card label-set", href: `/label/${part(set.dataset)}/${part(set.next)}` },
    set.picture && h("img", { src: `/api/pictures/thumbnail.jpg?${new URLSearchParams({ path: set.picture, side: "320" })}`, alt: "", loading: "lazy",
      onerror: (event) => event.target.remove() }),
    h("h2", {}, set.dataset),
    h("p", { class: "soft small" }, plural(set.count, "picture")),
    share,
    h("p", { class: "label-set-foot small" },
      h("span", {}, isDone ? "All reviewed" : `${integer(set.reviewed)} reviewed`),
      h("span", { class: "label-set-go" }, isDone ? "Look again" : set.reviewed ? "Go on" : "Begin", icon("right"))));
}

async function show() {
  const { datasets } = pageData();
  if (!datasets.length) {
    host.replaceChildren(empty({
      title: "No data set yet", icon: "label",
      text: "Boxes are drawn on the pictures of a data set. Make one from a folder of magnetograms; labels are not needed.",
      action: { label: "New data set", href: "/datasets/new" },
    }));
    return;
  }
  host.replaceChildren(loading(2));
  const found = await Promise.all(datasets.map((name) =>
    api.get(`/api/datasets/${part(name)}/labels`).catch((error) => ({ dataset: name, error }))));
  const sets = found.filter((set) => !set.error && set.next);
  const others = found.filter((set) => set.error || !set.next);
  const list = h("div", { class: "cards" }, sets.map(card));
  const notes = others.map((set) => h("li", {}, h("strong", {}, set.dataset), " ",
    set.error ? set.error.detail || set.error.message : "has no picture of a whole disk"));
  host.replaceChildren(
    sets.length ? list : empty({
      title: "No data set with boxes", icon: "label",
      text: "Data sets of class folders hold regions that are cut out already.",
      action: { label: "New data set", href: "/datasets/new" },
    }),
    ...(notes.length ? [h("ul", { class: "label-others small soft" }, notes)] : []));
}

show().catch((error) => host.replaceChildren(broken(error, show)));
