// @ts-check
// The theme before the first paint. A classic script, because a module would come too late.

{
  let theme = new URLSearchParams(location.search).get("theme");
  try {
    theme ??= localStorage.getItem("possible-and-durable:theme");
  } catch {
    // Storage is refused: the system's own theme stands.
  }
  if (theme === "light" || theme === "dark")
    document.documentElement.dataset.theme = theme;
}
