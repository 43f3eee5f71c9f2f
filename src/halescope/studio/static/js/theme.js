// Before the first paint: light or dark, as chosen here or as the system says.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => {
    document.documentElement.dataset.theme = chosen() ?? (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  window.switchTheme = () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* private windows forget */ }
    document.documentElement.dataset.theme = next;
    window.dispatchEvent(new CustomEvent("themechange", { detail: next }));
  };
})();
