/**
 * Faults that are put into the sources one at a time, and the tests that must catch them.
 *
 * @module
 */

/** One fault: in `file`, the first `from` becomes `to`; running `tests` must then fail. */
export type Fault = {
	readonly name: string;
	readonly file: string;
	readonly from: string;
	readonly to: string;
	readonly tests: readonly string[];
};

/** Tiling, blending, reading, resume. */
export const FAULTS: readonly Fault[] = [
	{
		name: "one tile too few",
		file: "src/tiling/steps.ts",
		from: "Math.ceil(last / (tile * stepFraction)) + 1",
		to: "Math.floor(last / (tile * stepFraction)) + 1",
		tests: ["test/tiling"],
	},
	{
		name: "starts rounded half up",
		file: "src/core/rounding.ts",
		from: "rest > 0.5 || (rest === 0.5 && low % 2 !== 0)",
		to: "rest >= 0.5",
		tests: ["test/tiling"],
	},
	{
		name: "padding heavier before than after",
		file: "src/tiling/padding.ts",
		from: "before: missing.map((d) => Math.floor(d / 2))",
		to: "before: missing.map((d) => Math.ceil(d / 2))",
		tests: ["test/tiling"],
	},
	{
		name: "weights not rounded to half precision",
		file: "src/tiling/gaussian.ts",
		from: "fromHalf(toHalf((bell[i] ?? 0) / unit))",
		to: "(bell[i] ?? 0) / unit",
		tests: ["test/tiling"],
	},
	{
		name: "zero weights left at the corners",
		file: "src/tiling/gaussian.ts",
		from: "if (weights[i] === 0) weights[i] = smallest",
		to: "if (weights[i] === -1) weights[i] = smallest",
		tests: ["test/tiling"],
	},
	{
		name: "tiles added without their weights",
		file: "src/tiling/blend.ts",
		from: "+ (weights[w] ?? 0) * (values[v] ?? 0)",
		to: "+ (values[v] ?? 0)",
		tests: ["test/tiling", "test/run/predict.test.ts"],
	},
	{
		name: "sums not divided by the weights",
		file: "src/tiling/section-sums.ts",
		from: "(sums[s + i] ?? 0) / (weights[w + i] ?? 1)",
		to: "sums[s + i] ?? 0",
		tests: ["test/tiling", "test/run/predict.test.ts"],
	},
	{
		name: "a mirrored row off by one",
		file: "src/tiling/flip.ts",
		from: "target[t + x] = source[s + width - 1 - x] ?? 0",
		to: "target[t + x] = source[s + width - x] ?? 0",
		tests: ["test/tiling"],
	},
	{
		name: "padding forgotten where tiles are cut",
		file: "src/run/tile-input.ts",
		from: "value - (before[axis] ?? 0)",
		to: "value",
		tests: ["test/run/tile-input.test.ts", "test/run/predict.test.ts"],
	},
	{
		name: "views summed, not averaged",
		file: "src/run/views.ts",
		from: "if (isMean && this.#seen > 1)",
		to: "if (isMean && this.#seen > 99)",
		tests: ["test/run/views.test.ts", "test/run/predict.test.ts"],
	},
	{
		name: "folds summed, not averaged",
		file: "src/run/network.ts",
		from: "if (this.#sessions.length > 1) divide",
		to: "if (this.#sessions.length > 99) divide",
		tests: ["test/run/network.test.ts"],
	},
	{
		name: "checksums of a checkpoint not compared",
		file: "src/checkpoint/zip.ts",
		from: "if (crc !== entry.crc32) throw",
		to: "if (crc < 0) throw",
		tests: ["test/checkpoint"],
	},
	{
		name: "strides of a tensor ignored",
		file: "src/checkpoint/tensor-data.ts",
		from: "if (!isDense(ref)) return gather(ref, storage, width);",
		to: "",
		tests: ["test/checkpoint"],
	},
	{
		name: "bfloat16 read as the lower half",
		file: "src/checkpoint/tensor-data.ts",
		from: "(half) => half << 16",
		to: "(half) => half",
		tests: ["test/checkpoint"],
	},
	{
		name: "TIFF predictor ignored",
		file: "src/volume/tiff/predictor.ts",
		from: "sum = (sum + (data[i] ?? 0)) | 0;",
		to: "sum = data[i] ?? 0;",
		tests: ["test/volume/tiff.test.ts"],
	},
	{
		name: "RGB outside 0 to 255 let through",
		file: "src/preprocess/scale.ts",
		from: "if (!(min < 0 || max > 255)) return;",
		to: "if (min >= -1e9) return;",
		tests: ["test/preprocess"],
	},
	{
		name: "spacing file beside a TIFF not read",
		file: "src/preprocess/spacing.ts",
		from: "if (text !== undefined) return parseSidecar(file, text);",
		to: "",
		tests: ["test/preprocess"],
	},
	{
		name: "an output of another plan taken for done",
		file: "src/run/ledger.ts",
		from: "if (record.plan !== plan)",
		to: 'if (record.plan === "")',
		tests: ["test/run/ledger.test.ts"],
	},
	{
		name: "a truncated output taken for done",
		file: "src/run/ledger.ts",
		from: "record.bytes === found.size",
		to: "record.bytes !== -1",
		tests: ["test/run/ledger.test.ts"],
	},
	{
		name: "an output cut off by a crash taken for done",
		file: "src/run/ledger.ts",
		from: 'if (record.state === "writing") return { kind: "unfinished" };',
		to: "",
		tests: ["test/run/ledger.test.ts"],
	},
	{
		name: "a changed input not noticed",
		file: "src/run/ledger.ts",
		from: "JSON.stringify(record.inputs) !== JSON.stringify(inputs)",
		to: "record.inputs.length !== inputs.length",
		tests: ["test/run/ledger.test.ts"],
	},
	{
		name: "passing faults not tried again",
		file: "src/run/retry.ts",
		from: "attempt >= options.tries",
		to: "attempt >= 1",
		tests: ["test/run/retry.test.ts"],
	},
	{
		name: "outputs of two inputs allowed to clash",
		file: "src/plan/plan.ts",
		from: "if (other !== undefined) {",
		to: "if (other !== undefined && other === entry) {",
		tests: ["test/plan"],
	},
	{
		name: "a share of the list begins one late",
		file: "src/plan/plan.ts",
		from: "(n - start) % step === 0",
		to: "(n - start) % step === step - 1",
		tests: ["test/plan"],
	},
	{
		name: "splines mirrored about the last voxel, not behind it",
		file: "src/image/resample-lines.ts",
		from: "const factor = pole / (pole - 1);",
		to: "const factor = pole / (pole * pole - 1);",
		tests: ["test/preprocess/resample.test.ts"],
	},
	{
		name: "splines clipped one stage too late",
		file: "src/image/resample-volume.ts",
		from: "n === before.length - 1)",
		to: "n === before.length)",
		tests: ["test/preprocess/resample.test.ts"],
	},
	{
		name: "ties of labels not settled by the nearest voxel",
		file: "src/image/resample-labels.ts",
		from: "score === best && label === near",
		to: "score === best && label < near",
		tests: ["test/preprocess/resample.test.ts"],
	},
	{
		name: "the coarse axis told by the wrong spacing",
		file: "src/preprocess/resample-axes.ts",
		from: "> how.separateZThreshold) return coarsestAxis(spacing)",
		to: "> how.separateZThreshold) return coarsestAxis(toSpacing)",
		tests: ["test/preprocess/resample.test.ts"],
	},
	{
		name: "a plane of logits freed while it is needed",
		file: "src/export/resample-stream.ts",
		from: "next < newDepth ? (z.low[next] ?? 0)",
		to: "next < newDepth ? (z.high[next] ?? 0)",
		tests: ["test/export/resample.test.ts"],
	},
	{
		name: "no voxel behind the last one of a row",
		file: "src/image/resample-band.ts",
		from: "row[row.length - 1] = row[row.length - 2] ?? 0;",
		to: "",
		tests: ["test/export/resample.test.ts"],
	},
	{
		name: "regions in the order of JavaScript's keys",
		file: "src/model/dataset.ts",
		from: "labelOrder ?? Object.keys(labels)",
		to: "Object.keys(labels)",
		tests: ["test/model/parse.test.ts"],
	},
	{
		name: "a mask of no place laid over a turned image as it is",
		file: "src/preprocess/overlay.ts",
		from: "hasPlace(found) === hasPlace(image) ? found.array : withAxesOf(found, image)",
		to: "found.array.shape.length === 4 ? found.array : withAxesOf(found, image)",
		tests: ["test/preprocess/overlay.test.ts"],
	},
	{
		name: "a told spacing not turned with its image",
		file: "src/preprocess/image.ts",
		from: ": turnShape(given, turn);",
		to: ": turnShape(given, NO_TURN ?? turn);",
		tests: ["test/preprocess/overlay.test.ts"],
	},
	{
		name: "voxels beside a header left out of what an input is recognised by",
		file: "src/run/input-identity.ts",
		from: "return reader.info.files ?? [];",
		to: "return [];",
		tests: ["test/run/input-identity.test.ts"],
	},
	{
		name: "a segmentation of an earlier run taken where the previous stage fails",
		file: "src/cli/previous-stage.ts",
		from: "failure === undefined ? found.get(entry.id) : undefined;",
		to: "found.get(entry.id);",
		tests: ["test/cli/several-models.test.ts"],
	},
];
