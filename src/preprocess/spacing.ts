/**
 * Voxel sizes: from the file, from the `ID.json` that nnU-Net keeps beside TIFF volumes, or from the model.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { NnvolError } from "../core/errors.ts";
import { roundHalfEven } from "../core/rounding.ts";
import { type Zyx, zyx } from "../core/shape.ts";
import { readTextFile } from "../core/text-file.ts";
import type { ModelSpec } from "../model/spec.ts";
import { fileError } from "../volume/fault.ts";
import { stripEnding } from "../volume/formats.ts";
import type { VolumeInfo } from "../volume/volume.ts";

/** Spacing that nnU-Net's reader of plain 2D images gives every image: it knows none. */
export const PLAIN_SPACING: Zyx = [999, 1, 1];

/** Spacing (z, y, x) of the file at `path`; undefined where nothing says it. @throws VOLUME where `ID.json` is damaged */
export async function readSpacing(path: string, info: VolumeInfo): Promise<Zyx | undefined> {
	const beside = info.format === "tiff" ? await readSidecar(path) : undefined;
	if (beside !== undefined) return beside;
	const { spacing } = info;
	if (spacing === undefined || spacing.length !== 3 || spacing.some((value) => !(value > 0))) return undefined;
	return zyx(spacing);
}

/** Where the `ID.json` of a file would lie, the first that is there counts. */
export function sidecarsOf(path: string): string[] {
	const stem = stripEnding(basename(path));
	return [...new Set([stem.replace(/_\d{4}$/, ""), stem])].map((name) => join(dirname(path), `${name}.json`));
}

/**
 * `ID.json` with {"spacing": [z, y, x]}, beside `ID_0000.tif` or `ID.tif` (nnU-Net's Tiff3DIO).
 *
 * @throws VOLUME where it is damaged
 */
export async function readSidecar(path: string): Promise<Zyx | undefined> {
	for (const file of sidecarsOf(path)) {
		const text = await readTextFile(file).catch((cause) => {
			if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
			throw fileError(file, "read", cause);
		});
		if (text !== undefined) return parseSidecar(file, text);
	}
	return undefined;
}

/** The text of an `ID.json`, as nnU-Net writes it. */
export function sidecarText(spacing: readonly number[]): string {
	return JSON.stringify({ spacing }, null, 4);
}

function parseSidecar(file: string, text: string): Zyx | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		throw new NnvolError("VOLUME", `${file}: expected JSON such as {"spacing": [z, y, x]}; mend or remove it`, {
			cause,
		});
	}
	if (typeof value !== "object" || value === null || !("spacing" in value)) return undefined;
	const { spacing } = value;
	const isSpacing =
		Array.isArray(spacing) && spacing.length === 3 && spacing.every((entry) => typeof entry === "number" && entry > 0);
	if (!isSpacing) {
		throw new NnvolError(
			"VOLUME",
			`${file}: expected "spacing" to be three positive numbers (z, y, x), found ${JSON.stringify(spacing)}; mend or remove it`,
		);
	}
	return zyx(spacing.map(Number));
}

/** The spacing that the network expects for an image of `spacing` (both after transposition): a 2D model never resamples sections. */
export function targetSpacing(spec: ModelSpec, spacing: Zyx): Zyx {
	return spec.spacing.length === 2 ? zyx([spacing[0], ...spec.spacing]) : zyx(spec.spacing);
}

/** Shape after resampling from `spacing` to `target`, as nnU-Net's compute_new_shape: half rounds to even. */
export function resampledShape(shape: Zyx, spacing: Zyx, target: Zyx): Zyx {
	return zyx(shape.map((extent, axis) => roundHalfEven(((spacing[axis] ?? 1) / (target[axis] ?? 1)) * extent)));
}
