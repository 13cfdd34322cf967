// Where new data comes from: the process that serves the page, or a script beside a page from disk.

import type { Payload } from "./payload";
import type { Store } from "./store";

const OFTEN = 1000;
const SELDOM = 5000;

declare global {
  interface Window {
    clearpropLive?: (payload: Payload) => void;
  }
}

export function follow(store: Store): void {
  const ask = store.served ? () => fetched(store) : () => loaded(store);
  const again = async () => {
    await ask();
    const rests = store.isAlone || store.runs.every((run) => run.end);
    setTimeout(again, rests ? SELDOM : OFTEN);
  };
  setTimeout(again, OFTEN);
}

async function fetched(store: Store): Promise<void> {
  try {
    const payload = await sent("data", { known: store.account });
    store.isAlone = false;
    store.take(payload as Payload);
  } catch {
    store.isAlone = true;
    store.changed();
  }
}

/** Ask for a command; the answer is a sentence. */
export async function ask(store: Store, command: Record<string, unknown>): Promise<void> {
  try {
    await sent("command", command);
    store.said = "Asked. It happens when this epoch has ended.";
  } catch (error) {
    store.said = `Not done: ${(error as Error).message}.`;
  }
  await fetched(store);
}

async function sent(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
  });
  const found = (await answer.json()) as { error?: string };
  if (!answer.ok) throw new Error(found.error ?? answer.statusText);
  return found;
}

let loads = 0;

/** Load the script again: it calls `clearpropLive` with the newest data. */
function loaded(store: Store): Promise<void> {
  window.clearpropLive = (payload) => store.take(payload);
  return new Promise((done) => {
    if (store.script === undefined) return done();
    const script = document.createElement("script");
    const end = () => {
      script.remove();
      store.changed(); // the time goes on, even where nothing is new
      done();
    };
    script.addEventListener("load", end);
    script.addEventListener("error", end);
    script.src = `${encodeURIComponent(store.script)}?${loads++}`;
    document.head.append(script);
  });
}
