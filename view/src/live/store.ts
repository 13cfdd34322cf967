// What the page knows: all runs, the one that is looked at, and the epoch under the cursor.

import type { Payload } from "./payload";
import { Run } from "./run";

export class Store {
  runs: Run[] = [];
  served = false;
  script: string | undefined;
  /** Whether the process that serves the page has stopped answering. */
  isAlone = false;
  /** The epoch under the cursor; null follows the latest. */
  epoch: number | null = null;
  /** What a command was answered with. */
  said = "";
  /** The time of the process that trains minus that of this page, in seconds. */
  private ahead = 0;
  private chosen = "";
  private readonly known = new Map<string, number>();
  private readonly listeners: (() => void)[] = [];

  take(payload: Payload): void {
    if (payload.version !== 1) return;
    this.served = payload.served;
    this.script ??= payload.script;
    const told = () => this.runs.reduce((sum, run) => sum + run.notes.length, 0);
    const before = told();
    if (this.served) this.ahead = payload.time - Date.now() / 1000;
    for (const part of payload.runs) {
      let run = this.runs.find((one) => one.file === part.file);
      if (!run) this.runs.push((run = new Run(part.file)));
      else if (part.anew) this.runs[this.runs.indexOf(run)] = run = new Run(part.file);
      run.take(part.lines);
      this.runs.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
      this.known.set(part.file, part.known);
    }
    if (told() > before) this.said = "";
    if (payload.served) return this.changed();
    const there = new Set(payload.runs.map((part) => part.file));
    this.runs = this.runs.filter((run) => there.has(run.file));
    this.changed();
  }

  /** How many lines of each record the page has. */
  get account(): Record<string, number> {
    return Object.fromEntries(this.known);
  }

  get now(): number {
    return Date.now() / 1000 + this.ahead;
  }

  /** The run that is looked at: the chosen one, else the first that is running, else the latest. */
  get run(): Run | undefined {
    const latest = this.runs.reduce<Run | undefined>((found, one) => (found && found.heard >= one.heard ? found : one), undefined);
    return this.runs.find((one) => one.file === this.chosen) ?? this.runs.find((one) => !one.end && one.state(this.now) !== "silent") ?? latest;
  }

  choose(file: string): void {
    this.chosen = file;
    this.changed();
  }

  look(epoch: number | null): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.changed();
  }

  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }
}
