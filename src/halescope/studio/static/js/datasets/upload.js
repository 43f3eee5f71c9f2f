// Files and folders from this computer, sent some at a time.
import { api } from "../lib/api.js";
import { bytes, integer, plural } from "../lib/format.js";

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
  return found;
}

export const picked = (input) => [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

// send(files, {name, tell}) -> {path, kept, refused}; `tell(share, text)`.
export async function send(files, { name, most, tell = () => {}, stopped = () => false }) {
  const wanted = files.filter(({ path }) => !IGNORED.test(path));
  const root = wanted[0]?.path.split("/")[0];
  const inOne = wanted.length > 0 && wanted.every(({ path }) => path.includes("/") && path.split("/")[0] === root);
  const made = await api.post("/api/datasets/uploads", { name: clean(name || (inOne ? root : "upload")) });
  const total = wanted.reduce((sum, { file }) => sum + file.size, 0) || 1;
  const limit = Math.min(MOST_BYTES, most * 0.9);
  let sent = 0, kept = 0, done = 0;
  const refused = [];
  while (done < wanted.length) {
    if (stopped()) return { ...made, kept, refused, isWhole: false };
    const batch = [];
    let size = 0;
    while (done + batch.length < wanted.length && batch.length < MOST_FILES) {
      const next = wanted[done + batch.length];
      if (batch.length && size + next.file.size > limit) break;
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
      tell((before + share * size) / total, `${integer(done)} of ${plural(wanted.length, "file")}, ${bytes(before + share * size)} of ${bytes(total)}`);
    });
    kept += answer.kept;
    refused.push(...answer.refused);
    sent += size;
    done += batch.length;
    tell(sent / total, `${integer(done)} of ${plural(wanted.length, "file")}, ${bytes(sent)} of ${bytes(total)}`);
  }
  return { ...made, kept, refused, isWhole: true };
}

export const clean = (name) => name.replace(/[^\p{L}\p{N} .+@()_-]+/gu, " ").replace(/^[^\p{L}\p{N}_]+|[^\p{L}\p{N}_+)]+$/gu, "").replace(/\.\.+/g, ".").slice(0, 100) || "upload";
