/**
 * Which cores the next round of growth has to look at: those with foreground that nothing has reached, beside a core in which
 * something grew in the round before.
 *
 * @module
 */
import { type BlockGrid, blockCount } from "../../tiling/blocks.ts";
import type { GrownCore } from "./grown-pieces.ts";
import { neighbourAt } from "./neighbours.ts";
import { type Direction, directionsBefore } from "./seams.ts";

/** The cores of the round that is to be done, all of them at first. */
export class GrowthFront {
	cores: readonly number[];
	readonly #grid: BlockGrid;
	readonly #directions: readonly Direction[];
	/** Cores with open foreground, and those that changed in this round. */
	readonly #open = new Set<number>();
	readonly #changed = new Set<number>();

	constructor(grid: BlockGrid, flat: boolean) {
		this.#grid = grid;
		this.cores = Array.from({ length: blockCount(grid) }, (_, core) => core);
		const before = directionsBefore(3, flat);
		this.#directions = [...before, ...before.map(([z, y, x]): Direction => [-z, -y, -x])];
	}

	/** Takes what a round made of a core. */
	note(core: number, { ids, open }: GrownCore): void {
		if (open > 0) this.#open.add(core);
		else this.#open.delete(core);
		if (ids.length > 0) this.#changed.add(core);
	}

	/** Goes on to the next round; without cores all is done. */
	advance(): void {
		const isNear = (core: number) =>
			this.#directions.some((direction) => {
				const neighbour = neighbourAt(this.#grid, core, direction);
				return neighbour !== undefined && this.#changed.has(neighbour);
			});
		this.cores = [...this.#open].filter(isNear).sort((a, b) => a - b);
		this.#changed.clear();
	}
}
