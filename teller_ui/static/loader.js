// Loads htmx and then its SSE extension, from the CDN or from this bank; never blocks the page. See fragments/scripts.html.
(() => {
  const { cdn, local, files, assets } = document.currentScript.dataset;
  const nowhere = document.implementation.createHTMLDocument("");
  const once = (src, integrity, limit) => new Promise((done, failed) => {
    const tag = document.createElement("script");
    const giveUp = () => { nowhere.adoptNode(tag); failed(); }; // a script of another document never runs, however late it comes
    tag.async = true;
    if (integrity) { tag.integrity = integrity; tag.crossOrigin = "anonymous"; }
    tag.onload = done;
    tag.onerror = giveUp;
    tag.src = src;
    document.head.append(tag);
    if (limit) setTimeout(giveUp, limit);
  });
  const load = async (name, integrity) => {
    if (assets !== "local" && !sessionStorage.getItem("cdn-away")) {
      try { return await once(cdn + name, integrity, assets === "auto" ? 1500 : 0); }
      catch { sessionStorage.setItem("cdn-away", "1"); } // later pages of this tab do not wait again
    }
    return once(local + name.split("/").pop(), "", 0);
  };
  (async () => {
    for (const [name, integrity] of files.split(" ").map((file) => file.split("|"))) await load(name, integrity);
    htmx.process(document.body); // htmx started before its extension was there
    document.documentElement.dataset.htmx = "ready";
  })().catch(() => { document.documentElement.dataset.htmx = "none"; }); // every form works without
})();
