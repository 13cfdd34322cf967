// One run, from the lines of its record: how far it is, what was best, how long it may take.

import { number } from "../payload";
import type { Command, End, Epoch, Head, Health, Line, Resume } from "./payload";

/** So many epochs say how long the next ones take. */
const RECENT = 10;
/** Without news for so many epochs' time, or so many seconds, a run may have been killed. */
const [SILENT_EPOCHS, SILENT_SECONDS] = [5, 20];

export type State = "running" | "paused" | "silent" | "ended";

export class Run {
  head: Head | undefined;
  epochs: Epoch[] = [];
  notes: (Command | Resume)[] = [];
  /** The last word on what looks wrong while it runs. */
  health: Health | undefined;
  end: End | undefined;
  /** The time of the last line, in seconds. */
  heard = 0;

  constructor(readonly file: string) {}

  take(lines: Line[]): void {
    for (const line of lines) {
      if ("time" in line && typeof line.time === "number") this.heard = Math.max(this.heard, line.time);
      if (line.kind === "head") Object.assign(this, { head: line, epochs: [], notes: [], health: undefined, end: undefined });
      else if (line.kind === "health") this.health = line;
      else if (line.kind === "epoch") this.add(line);
      else if (line.kind === "end") this.end = line;
      else if (line.kind === "command" || line.kind === "resume") this.note(line);
    }
  }

  private add(line: Epoch): void {
    // A training that goes on tells its first epochs after its later ones, where its record lacks them.
    const last = this.last;
    if (!last || line.epoch > last.epoch) this.epochs.push(line);
    else {
      const place = this.epochs.findIndex((one) => one.epoch >= line.epoch);
      this.epochs.splice(place, Number(this.epochs[place]!.epoch === line.epoch), line);
    }
  }

  private note(line: Command | Resume): void {
    this.notes.push(line);
    if (line.kind !== "resume") return;
    this.health = this.end = undefined;
    this.epochs = this.epochs.filter((one) => one.epoch <= line.epochs);
  }

  get name(): string {
    return this.head?.name ?? this.file.replace(/\.jsonl$/, "");
  }

  get last(): Epoch | undefined {
    return this.epochs[this.epochs.length - 1];
  }

  state(now: number): State {
    if (this.end) return "ended";
    const last = this.notes[this.notes.length - 1];
    if (last?.kind === "command" && last.do !== "go on" && this.isPaused()) return "paused";
    return now - this.heard > Math.max(SILENT_SECONDS, SILENT_EPOCHS * this.pace()) ? "silent" : "running";
  }

  /** Whether the last pause has not ended: by going on, by an epoch, or by a resumption. */
  private isPaused(): boolean {
    const told = this.notes.filter((one) => one.kind === "resume" || one.do === "pause" || one.do === "go on" || one.do === "stop");
    const last = told[told.length - 1];
    return last?.kind === "command" && last.do === "pause" && last.after >= (this.last?.epoch ?? 0);
  }

  /** The seconds from an epoch to the next, pauses and all; NaN where nothing is known. */
  pace(): number {
    const timed = this.epochs.slice(-RECENT - 1).filter((one) => one.time !== undefined);
    const gaps = timed.slice(1).map((one, place) => (one.time! - timed[place]!.time!) / (one.epoch - timed[place]!.epoch));
    return gaps.length ? median(gaps) : number(this.last?.seconds);
  }

  /** The seconds that the epochs left take at most. */
  left(): number {
    return this.pace() * ((this.head?.epochs ?? NaN) - (this.last?.epoch ?? 0));
  }

  /** Rows a second, of the latest epochs. */
  speed(): number {
    const seconds = median(this.epochs.slice(-RECENT).map((one) => number(one.seconds)));
    return (this.head?.rows ?? NaN) / seconds;
  }

  /** By what the best epoch is judged, and which it is. */
  best(): { by: string; epoch: number; value: number; kept: boolean } | undefined {
    const { head, last } = this;
    if (!head || !last) return undefined;
    const by = head.best_by ?? ("validation_loss" in last.metrics ? "validation_loss" : "loss");
    const epoch = this.at(Infinity, (one) => one.best !== undefined)?.best;
    const found = epoch && this.at(epoch, (one) => one.epoch === epoch);
    return found ? { by, epoch, value: valueOf(found, by), kept: head.restores } : undefined;
  }

  /** The last epoch that is not after a number. */
  at(epoch: number, of: (one: Epoch) => boolean = () => true): Epoch | undefined {
    for (let place = this.epochs.length - 1; place >= 0; place--) {
      const one = this.epochs[place]!;
      if (one.epoch <= epoch && of(one)) return one;
    }
    return undefined;
  }
}

export function valueOf(epoch: Epoch, name: string): number {
  return number(name === "loss" ? epoch.loss : epoch.metrics[name]);
}

export function median(values: number[]): number {
  const sorted = values.filter(Number.isFinite).sort((one, other) => one - other);
  return sorted.length ? sorted[sorted.length >> 1]! : NaN;
}
