// Light or dark: as the system says, until the reader chooses. Runs before the page is painted.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = localStorage.getItem("theme");
  const apply = () => root.classList.toggle("dark-mode", chosen ? chosen === "dark" : system.matches);
  apply();
  system.addEventListener("change", apply);
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      chosen = root.classList.contains("dark-mode") ? "light" : "dark";
      localStorage.setItem("theme", chosen);
      apply();
    });
  });
})();
