/**
 * How far the passes of a program look around a block, at most: what they read of it is that much more.
 *
 * @module
 */
import type { Zyx } from "../../core/shape.ts";
import { ownSections } from "../masks.ts";
import { isFlat } from "./decoder-program.ts";
import { haloOf, isLocalMask } from "./local-step.ts";
import type { VolumeProgram } from "./program.ts";

/** Voxels along z, y, x on every side of a block, in a volume of `depth` sections. */
export function programHalo(program: VolumeProgram, depth: number): Zyx {
	const most: [number, number, number] = [0, 0, 0];
	if (program.kind !== "graph") return most;
	for (const { step } of program.nodes) {
		if (!isLocalMask(step)) continue;
		const halo = haloOf(step, isFlat(ownSections(step), { sectionwise: program.sectionwise, depth }));
		for (const axis of [0, 1, 2] as const) most[axis] = Math.max(most[axis], halo[axis]);
	}
	return most;
}
