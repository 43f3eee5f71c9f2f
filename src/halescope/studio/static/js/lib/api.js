// REST: JSON in and out, errors as Problem (RFC 9457).

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.status = status;
    this.title = body.title || `HTTP ${status}`;
    this.detail = body.detail || "";
    this.body = body;
  }
}

async function answer(response) {
  if (response.status === 204) return null;
  const type = response.headers.get("content-type") || "";
  const isJson = type.includes("json");
  const body = isJson ? await response.json() : await response.text();
  if (!response.ok) {
    if (response.status === 401) location.reload();
    throw new Problem(response.status, isJson ? body : { title: response.statusText });
  }
  return body;
}

async function send(method, path, body, { headers = {}, signal } = {}) {
  const options = { method, headers: { accept: "application/json", ...headers }, signal };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "No answer", detail: "The studio does not answer; is it still running?" });
  }
  return answer(response);
}

export const api = {
  get: (path, options) => send("GET", path, undefined, options),
  post: (path, body, options) => send("POST", path, body, options),
  put: (path, body, options) => send("PUT", path, body, options),
  patch: (path, body, options) => send("PATCH", path, body, options),
  del: (path, options) => send("DELETE", path, undefined, options),

  // Like get, put; gives {body, etag} for those who must not overwrite each other.
  async tagged(method, path, body, headers = {}) {
    const options = { method, headers: { accept: "application/json", ...headers } };
    if (body !== undefined) {
      options.body = JSON.stringify(body);
      options.headers["content-type"] = "application/json";
    }
    let response;
    try {
      response = await fetch(path, options);
    } catch {
      throw new Problem(0, { title: "No answer", detail: "The studio does not answer; is it still running?" });
    }
    return { etag: response.headers.get("etag"), body: await answer(response) };
  },

  // Send a form with files; `progress(share)` is called on the way. Resolves like post.
  upload(path, form, progress = () => {}) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      request.setRequestHeader("accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) progress(event.loaded / event.total);
      });
      request.addEventListener("load", () => {
        let body = {};
        try { body = JSON.parse(request.responseText || "{}"); } catch { /* an empty body */ }
        if (request.status < 300) resolve(body);
        else reject(new Problem(request.status, body));
      });
      request.addEventListener("error", () => reject(new Problem(0, {
        title: "No answer",
        detail: "The upload was cut off: the file is larger than allowed, or the studio has ended.",
      })));
      request.send(form);
    });
  },
};

// What the page's handler put into the page for its module.
export function pageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}

// Encode a name for an address.
export const part = encodeURIComponent;

// Leave a page whose subject is gone. The answer to the deletion and the event both tell it; only the
// first counts, since a second navigation aborts the one that is under way.
let leaving = false;
export function leave(address) {
  if (leaving) return;
  leaving = true;
  location.href = address;
}
window.addEventListener("pageshow", (event) => { if (event.persisted) leaving = false; });
