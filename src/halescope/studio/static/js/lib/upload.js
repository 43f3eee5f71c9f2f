// Files and folders from this computer, sent some at a time.
import { api } from "./api.js";
import { bytes, integer, plural } from "./format.js";

const MOST_FILES = 60;
const MOST_BYTES = 24e6;
const IGNORED = /(^|\/)(\.|Thumbs\.db$|desktop\.ini$|__MACOSX)/;

// Files of a drop, folders and all, as [{file, path}].
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  const walk = async (entry, path) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
      found.push({ file, path: path + entry.name });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (!some.length) break;
      for (const one of some) await walk(one, `${path}${entry.name}/`);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

// Whether files go in one request, or some at a time.
export const isOne = (files, most) => files.length <= MOST_FILES && total(files) <= Math.min(MOST_BYTES * 4, most * 0.9);

export const wanted = (files) => files.filter(({ path }) => !IGNORED.test(path));

const total = (files) => files.reduce((sum, { file }) => sum + file.size, 0);

export const picked = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

// send(files, {name, tell}) -> {path, kept, refused}; `tell(share, text)`.
export async function send(files, { name, most, tell = () => {}, stopped = () => false }) {
  const list = wanted(files);
  const root = list[0]?.path.split("/")[0];
  const inOne = list.length > 0 && list.every(({ path }) => path.includes("/") && path.split("/")[0] === root);
  const made = await api.post("/api/datasets/uploads", { name: clean((inOne && root) || name || "upload") });
  const whole = total(list) || 1;
  const limit = Math.min(MOST_BYTES, most * 0.9);
  let sent = 0, kept = 0, done = 0;
  const refused = [];
  while (done < list.length) {
    if (stopped()) return { ...made, kept, refused, isWhole: false };
    if (list[done].file.size > most) {
      refused.push({ name: list[done].path, reason: `is larger than the ${bytes(most)} that one upload may hold` });
      done += 1;
      continue;
    }
    const batch = [];
    let size = 0;
    while (done + batch.length < list.length && batch.length < MOST_FILES) {
      const next = list[done + batch.length];
      if (next.file.size > most || (batch.length && size + next.file.size > limit)) break;
      batch.push(next);
      size += next.file.size;
    }
    const form = new FormData();
    for (const { file, path } of batch) {
      form.append("path", inOne ? path.slice(root.length + 1) : path);
      form.append("file", file, file.name);
    }
    const before = sent;
    const answer = await api.upload(`/api/datasets/uploads/${encodeURIComponent(made.name)}`, form, (share) => {
      tell((before + share * size) / whole, `${integer(done)} of ${plural(list.length, "file")}, ${bytes(before + share * size)} of ${bytes(whole)}`);
    });
    kept += answer.kept;
    refused.push(...answer.refused);
    sent += size;
    done += batch.length;
    tell(sent / whole, `${integer(done)} of ${plural(list.length, "file")}, ${bytes(sent)} of ${bytes(whole)}`);
  }
  return { ...made, kept, refused, isWhole: true };
}

export const clean = (name) => name.replace(/[^\p{L}\p{N} .+@()_-]+/gu, " ").replace(/^[^\p{L}\p{N}_]+|[^\p{L}\p{N}_+)]+$/gu, "").replace(/\.\.+/g, ".").slice(0, 100) || "upload";
