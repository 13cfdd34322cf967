// The network picture by keyboard: one stop for Tab, then arrow keys. Up and down go from unit to unit of a
// column, or from line to line into the same unit; left and right follow a line to its ends.

import type { Wire } from "./network";

type Stop = HTMLElement | SVGElement;

export class Roving {
  private units: HTMLElement[][] = [];
  private wires: Wire[] = [];
  private words: (wire: Wire) => string = () => "";

  constructor(frame: HTMLElement) {
    frame.addEventListener("keydown", (event) => this.keyed(event));
    frame.addEventListener("focusin", (event) => this.enter(event.target as Stop));
  }

  /** What can be reached now; the first hidden unit is where Tab arrives. */
  set(units: HTMLElement[][], wires: Wire[], words: (wire: Wire) => string): void {
    [this.units, this.wires, this.words] = [units, wires, words];
    units.flat().forEach((one) => one.setAttribute("tabindex", "-1"));
    (units[1] ?? units[0])?.[0]?.setAttribute("tabindex", "0");
  }

  private enter(stop: Stop): void {
    const wire = this.wires.find((one) => one.hit === stop);
    if (!wire && !this.units.flat().includes(stop as HTMLElement)) return;
    for (const one of [...this.units.flat(), ...this.wires.map(({ hit }) => hit)]) one.setAttribute("tabindex", one === stop ? "0" : "-1");
    if (wire) stop.setAttribute("aria-label", this.words(wire));
  }

  private keyed(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const stop = event.target as Stop;
    const wire = this.wires.find((one) => one.hit === stop);
    const next = wire ? this.fromWire(wire, event.key) : this.fromUnit(stop, event.key);
    const isPress = wire && (event.key === "Enter" || event.key === " ");
    if (!isPress && next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (isPress) stop.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    else next?.focus();
  }

  /** Null where there is nothing in that direction; undefined for other keys. */
  private fromWire({ column, from, to, hit }: Wire, key: string): Stop | null | undefined {
    if (key === "ArrowLeft") return this.units[column - 1]![from] ?? null;
    if (key === "ArrowRight") return this.units[column]![to] ?? null;
    if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
    const beside = this.wires.filter((one) => one.column === column && one.to === to).sort((a, b) => a.from - b.from);
    return beside[beside.findIndex((one) => one.hit === hit) + (key === "ArrowUp" ? -1 : 1)]?.hit ?? null;
  }

  private fromUnit(stop: Stop, key: string): Stop | null | undefined {
    const column = this.units.findIndex((one) => one.includes(stop as HTMLElement));
    if (column < 0) return undefined;
    const unit = this.units[column]!.indexOf(stop as HTMLElement);
    if (key === "ArrowUp" || key === "ArrowDown") return this.units[column]![unit + (key === "ArrowUp" ? -1 : 1)] ?? null;
    if (key === "ArrowLeft") return this.wires.find((one) => one.column === column && one.to === unit)?.hit ?? null;
    if (key === "ArrowRight") return this.wires.find((one) => one.column === column + 1 && one.from === unit)?.hit ?? null;
    return undefined;
  }
}
