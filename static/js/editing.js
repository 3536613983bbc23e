// @ts-check
// The only file that knows CodeMirror. It lives in a shadow root: only there does it
// style itself without a style element, which the page's policy refuses.

import {
  bracketMatching,
  defaultKeymap,
  EditorState,
  EditorView,
  HighlightStyle,
  history,
  historyKeymap,
  indentOnInput,
  indentUnit,
  indentWithTab,
  keymap,
  lineNumbers,
  python,
  syntaxHighlighting,
  tags,
} from "./editor.js";

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--steady)" },
  { tag: [tags.string, tags.number, tags.bool], color: "var(--waiting)" },
]);
const LOOK = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--wash)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "2px solid var(--steady)" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.55", maxHeight: "36rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": {
    color: "var(--faint)",
    backgroundColor: "var(--wash)",
    border: "none",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--line)" },
});

/**
 * An editor for Python in `place`.
 * @param {HTMLElement} place @param {string} text
 * @param {() => void} run what Ctrl or ⌘ with Enter does
 * @param {(text: string) => void} changed told of each change
 */
export function editor(place, text, run, changed) {
  const root = place.attachShadow({ mode: "open" });
  const runs = { key: "Mod-Enter", run: () => (run(), true) };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        python(),
        syntaxHighlighting(COLOURS),
        LOOK,
        keymap.of([runs, indentWithTab, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "The figure's Python" }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) changed(state.doc.toString());
        }),
      ],
    }),
  });
  return {
    read: () => view.state.doc.toString(),
    /** @param {string} next */
    write(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    focus: () => view.focus(),
  };
}
