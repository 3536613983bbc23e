// @ts-check
// How long it has taken, beside how long it should. It survives a reload in the window's
// own history, so it needs no storage.

import { button, make } from "./dom.js";

const SECOND_MS = 1000;

/** @param {number} minutes what the idea is meant to take */
export function timer(minutes) {
  let { since = Date.now(), before = 0 } = history.state?.timer ?? {};
  const time = make("span", { class: "time", role: "timer" });
  const elapsed = () => before + (since ? Date.now() - since : 0);
  const pause = button("pause", () => {
    [before, since] = since ? [elapsed(), 0] : [before, Date.now()];
    keep();
  });
  const reset = button("reset", () => {
    [before, since] = [0, since && Date.now()];
    keep();
  });

  function show() {
    time.textContent = `${clock(elapsed())} of ${clock(minutes * 60 * SECOND_MS)}`;
    time.classList.toggle("over-time", elapsed() > minutes * 60 * SECOND_MS);
    pause.textContent = since ? "pause" : "go on";
  }

  function keep() {
    history.replaceState({ ...history.state, timer: { since, before } }, "");
    show();
  }

  keep();
  setInterval(show, SECOND_MS);
  return make("p", { class: "timer" }, time, " ", pause, " ", reset);
}

/** 4:09. @param {number} ms */
function clock(ms) {
  const seconds = Math.floor(ms / SECOND_MS);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
