// [data-json-editor]: CodeMirror over its <textarea>, which stays the form's field. Problems come from the server:
// the element named by data-problems holds them as data attributes, and is replaced by htmx while typing.
const nonce = document.querySelector("script[nonce]")?.nonce ?? "";

function problemsOf(root, doc) {
  return [...root.querySelectorAll("[data-problem-line]")].map((item) => {
    const line = doc.line(Math.min(Math.max(Number(item.dataset.problemLine), 1), doc.lines));
    const from = Math.min(line.from + Math.max(Number(item.dataset.problemColumn) - 1, 0), line.to);
    return {
      from,
      to: Math.max(from, Math.min(from + Number(item.dataset.problemLength || 1), line.to)),
      severity: item.dataset.problemSeverity,
      message: item.dataset.problemMessage,
    };
  });
}

async function edit(root) {
  const textarea = root.querySelector("textarea");
  if (!textarea || root.dataset.ready) return;
  root.dataset.ready = "yes";
  const cm = await import(root.dataset.editorSource);
  const colors = cm.HighlightStyle.define([
    { tag: cm.tags.propertyName, color: "var(--accent-ink)" },
    { tag: cm.tags.string, color: "var(--ok-ink)" },
    { tag: [cm.tags.number], color: "var(--info-ink)" },
    { tag: [cm.tags.bool, cm.tags.null], color: "var(--warning-ink)" },
  ]);
  let timer = 0;
  let isSetting = false;
  const changed = cm.EditorView.updateListener.of((update) => {
    if (!update.docChanged || isSetting) return;
    textarea.value = update.state.doc.toString();
    clearTimeout(timer);
    timer = setTimeout(() => textarea.dispatchEvent(new Event("input", { bubbles: true })), 300);
  });
  const view = new cm.EditorView({
    state: cm.EditorState.create({
      doc: textarea.value,
      extensions: [
        cm.lineNumbers(),
        cm.highlightActiveLineGutter(),
        cm.history(),
        cm.foldGutter(),
        cm.drawSelection(),
        cm.indentOnInput(),
        cm.indentUnit.of("  "),
        cm.bracketMatching(),
        cm.highlightActiveLine(),
        cm.json(),
        cm.lintGutter(),
        cm.syntaxHighlighting(colors),
        // Tab is not taken: it goes to the next field, as the keyboard's users expect.
        cm.keymap.of([...cm.defaultKeymap, ...cm.historyKeymap, ...cm.lintKeymap]),
        cm.EditorView.lineWrapping,
        cm.EditorView.cspNonce.of(nonce),
        cm.EditorView.contentAttributes.of({
          // Says to all tools what contenteditable says to browsers: what scrolls here is reached by keyboard.
          tabindex: "0",
          "aria-label": root.dataset.editorLabel ?? "JSON",
          ...(textarea.getAttribute("aria-describedby")
            ? { "aria-describedby": textarea.getAttribute("aria-describedby") }
            : {}),
        }),
        changed,
      ],
    }),
  });
  textarea.hidden = true;
  textarea.after(view.dom);
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  label?.addEventListener("click", () => view.focus());

  const goTo = () => {
    view.dom.scrollIntoView({ block: "center" });
    view.focus();
  };
  if (location.hash === `#${textarea.id}`) goTo();
  document.addEventListener("click", (event) => {
    if (event.target.closest(`a[href="#${textarea.id}"]`)) {
      event.preventDefault();
      goTo();
    }
  });

  const place = document.getElementById(root.dataset.problems);
  const show = () => {
    if (place) view.dispatch(cm.setDiagnostics(view.state, problemsOf(place, view.state.doc)));
  };
  show();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt === place || place?.contains(event.detail.elt)) show();
  });
  root.addEventListener("json-editor:problems", show);
  // Other text from the server: only the part that differs is replaced, so the cursor stays.
  root.addEventListener("json-editor:set", (event) => {
    const [before, after] = [view.state.doc.toString(), event.detail];
    if (before === after) return;
    let from = 0;
    while (from < before.length && before[from] === after[from]) from += 1;
    let [to, end] = [before.length, after.length];
    while (to > from && end > from && before[to - 1] === after[end - 1]) [to, end] = [to - 1, end - 1];
    isSetting = true;
    view.dispatch({ changes: { from, to, insert: after.slice(from, end) } });
    isSetting = false;
    textarea.value = after;
    show();
  });
  root.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-problem-jump]");
    if (!jump) return;
    const item = jump.closest("[data-problem-line]");
    const [{ from }] = problemsOf(item.parentElement, view.state.doc).slice([...item.parentElement.children].indexOf(item));
    view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    view.focus();
  });
}

for (const root of document.querySelectorAll("[data-json-editor]")) edit(root);
document.addEventListener("htmx:afterSettle", (event) => {
  for (const root of event.detail.elt.querySelectorAll?.("[data-json-editor]") ?? []) edit(root);
});
