// What every page has: the switch between light and dark.
document.getElementById("theme")?.addEventListener("click", () => window.switchTheme());
