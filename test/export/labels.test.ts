import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Box } from "../../src/core/box.ts";
import { zyx } from "../../src/core/shape.ts";
import { blankCanvas, fillBackground, outputArray, placeRows, turnBack } from "../../src/export/canvas.ts";
import { headsOf, highestLabel, labelsOf, probabilitiesOf } from "../../src/export/labels.ts";
import { labelScheme } from "../../src/model/dataset.ts";
import type { LabelScheme } from "../../src/model/spec.ts";
import { modelSpec } from "../model-spec.ts";

type Values = Parameters<typeof placeRows>[2];

type Exported = {
	readonly name: string;
	readonly labels: Readonly<Record<string, number | number[]>>;
	readonly order: number[] | null;
	readonly forward: readonly number[];
	readonly before: readonly number[];
	readonly box: readonly (readonly [number, number])[];
	readonly logits: readonly number[];
	readonly shape: readonly number[];
	readonly labelsOut: readonly number[];
	readonly probabilities: readonly number[];
};

const EXPORTED: readonly Exported[] = JSON.parse(
	readFileSync(join(import.meta.dirname, "..", "fixtures", "export", "exported.json"), "utf8"),
);

function schemeOf({ labels, order }: Exported): LabelScheme {
	return labelScheme({ path: "dataset.json", labels, regions_class_order: order, file_ending: ".tif" });
}

const boxOf = ({ box }: Exported): Box => ({ start: box.map(([start]) => start), stop: box.map(([, stop]) => stop) });

const backward = ({ forward }: Exported) => [0, 1, 2].map((axis) => forward.indexOf(axis));

/** Places [channels, ...inside] plane by plane. */
function placePlanes(
	canvas: Parameters<typeof placeRows>[0],
	values: Values,
	inside: readonly number[],
	box: Box,
): void {
	const [depth = 1, height = 1, width = 1] = inside;
	const plane = height * width;
	const channels = values.length / (depth * plane);
	for (let z = 0; z < depth; z++) {
		const part = values.slice(0, channels * plane);
		for (let c = 0; c < channels; c++) {
			part.set(values.subarray((c * depth + z) * plane, (c * depth + z + 1) * plane), c * plane);
		}
		placeRows(canvas, 0, part, { z, y: 0, rows: height }, box);
	}
}

describe("labels and probabilities are nnU-Net's export", () => {
	it.each(EXPORTED.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
		const scheme = schemeOf(entry);
		const box = boxOf(entry);
		const inside = box.stop.map((stop, axis) => stop - (box.start[axis] ?? 0));
		const logits = Float32Array.from(entry.logits);
		const before = zyx(entry.before);

		const canvas = blankCanvas("uint16", 1, before);
		placePlanes(canvas, labelsOf(logits, scheme, "logits"), inside, box);
		const { array, axes } = outputArray(turnBack(canvas, backward(entry)), 3, false);
		expect(axes).toBe("zyx");
		expect(array.shape).toEqual(entry.shape);
		expect(Array.from(array.data, Number)).toEqual(entry.labelsOut);
		expect(logits, "logits are not changed").toEqual(Float32Array.from(entry.logits));

		const heads = headsOf(scheme);
		const saved = blankCanvas("float32", heads, before);
		if (scheme.kind === "labels") fillBackground(saved, box, 0, before[0]);
		placePlanes(saved, probabilitiesOf(logits, scheme, "logits"), inside, box);
		const found = turnBack(saved, backward(entry)).data;
		expect(found).toHaveLength(entry.probabilities.length);
		const worst = Math.max(...entry.probabilities.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
		expect(worst).toBeLessThan(1e-6);
	});

	it("and the ignore label is never predicted", () => {
		const entry = EXPORTED.find(({ name }) => name === "ignore label");
		expect(entry).toBeDefined();
		if (entry !== undefined) expect(headsOf(schemeOf(entry))).toBe(3);
	});
});

describe("labelsOf", () => {
	it("gives a head's own label where labels are not consecutive", () => {
		const scheme: LabelScheme = {
			kind: "labels",
			labels: [
				{ name: "background", values: [0] },
				{ name: "far", values: [300] },
			],
		};
		expect(labelsOf(Float32Array.of(1, 0, 0, 1), scheme, "logits")).toEqual(Uint16Array.of(0, 300));
	});

	it("takes probabilities of regions as they are once they were activated", () => {
		const scheme = modelSpec({
			labels: { kind: "regions", regions: [{ name: "a", values: [1] }], classOrder: [1] },
		}).labels;
		const values = Float32Array.of(0.2, 0.4, 0.6, 0.5);
		expect(labelsOf(values, scheme, "activated")).toEqual(Uint8Array.of(0, 0, 1, 0));
		expect(labelsOf(values, scheme, "logits")).toEqual(Uint8Array.of(1, 1, 1, 1));
		expect(probabilitiesOf(values, scheme, "activated")).toEqual(Float32Array.of(0.2, 0.4, 0.6, 0.5));
	});
});

describe("labels that files hold", () => {
	it("end at 65535", () => {
		const scheme = (value: number): LabelScheme => ({ kind: "labels", labels: [{ name: "x", values: [value] }] });
		expect(highestLabel(scheme(65535))).toBe(65535);
		expect(() => highestLabel(scheme(65536))).toThrow(/up to 65536; files hold labels up to 65535/);
		const regions: LabelScheme = { kind: "regions", regions: [{ name: "a", values: [1, 2] }], classOrder: [7] };
		expect(highestLabel(regions)).toBe(7);
	});
});
