import { describe, expect, it } from "vitest";
import { hasDType, type NdArray, ndarray } from "../../src/core/array.ts";
import { sizeOf, type Zyx } from "../../src/core/shape.ts";
import type { ModelSpec } from "../../src/model/spec.ts";
import { modelSettings } from "../../src/plan/model-settings.ts";
import { type Image, imageOfArray } from "../../src/preprocess/image.ts";
import { type Member, predictImage } from "../../src/run/case.ts";
import { predictEnsemble, requireOneTask } from "../../src/run/ensemble.ts";
import { Network } from "../../src/run/network.ts";
import { modelSpec, REGIONS } from "../model-spec.ts";
import { fakeSession, type ItemNetwork, lopsided } from "./fake-session.ts";

function imageOf(shape: Zyx, spacing: Zyx = [1, 1, 1]): Image {
	const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % 7 === 0 ? 0 : Math.sin(i * i)));
	return imageOfArray(ndarray("float32", [1, ...shape], data), 3, spacing);
}

const scaled =
	(factor: number): ItemNetwork =>
	(item, shape) =>
		lopsided(item, shape).map((value) => factor * value);

function memberOf(spec: ModelSpec, network: ItemNetwork): Member {
	const output = { kind: "labels", probabilities: true, dtype: "by-values" } as const;
	return { spec, settings: { ...modelSettings(spec), output }, network: new Network([[fakeSession(2, network)]], 2) };
}

const alone = (image: Image, { spec, settings, network }: Member, batchSize = 2) =>
	predictImage(image, spec, settings, network, { batchSize });

function probabilitiesIn(arrays: { readonly probabilities?: NdArray }): Float32Array {
	const { probabilities } = arrays;
	if (probabilities === undefined || !hasDType(probabilities, "float32")) throw new Error("no probabilities");
	return probabilities.data;
}

const turned = { transposeForward: [2, 0, 1], transposeBackward: [1, 2, 0] };

describe("one image through several models", () => {
	const image = imageOf([5, 9, 11], [1, 1, 1.4]);
	const members = [
		memberOf(modelSpec(), scaled(1)),
		memberOf(modelSpec({ ...turned, spacing: [1.5, 1, 1] }), scaled(-2)),
		memberOf(modelSpec({ dimensions: 2, configuration: "2d" }), scaled(3)),
	];

	it("is the mean of their probabilities, whatever their axes, spacings and dimensions", async () => {
		const each: Float32Array[] = [];
		for (const member of members) each.push(probabilitiesIn(await alone(image, member)));
		const both = await predictEnsemble(image, members, { batchSize: 2 });
		const found = probabilitiesIn(both);
		expect(both.probabilities?.shape).toEqual([2, 5, 9, 11]);
		const mean = found.map((_, i) => each.reduce((sum, one) => sum + (one[i] ?? 0), 0) / 3);
		expect(Math.max(...found.map((value, i) => Math.abs(value - (mean[i] ?? 0))))).toBeLessThan(1e-6);
		const voxels = 5 * 9 * 11;
		const labels = Array.from({ length: voxels }, (_, i) => ((found[voxels + i] ?? 0) > (found[i] ?? 0) ? 1 : 0));
		expect(both.array).toMatchObject({ dtype: "uint8", shape: [5, 9, 11] });
		expect(Array.from(both.array.data, Number)).toEqual(labels);
	});

	it("of one kind is that model's labels", async () => {
		const [one] = members;
		if (one === undefined) throw new Error("no member");
		const twice = await predictEnsemble(image, [one, one], { batchSize: 3 });
		expect(twice.array).toEqual((await alone(image, one)).array);
	});

	it("refuses what it would leave out, before anything is predicted", async () => {
		const [one] = members;
		if (one === undefined) throw new Error("no member");
		const never = () => {
			throw new Error("the network was run");
		};
		const run = (settings: Partial<Member["settings"]>) => {
			const member = { ...memberOf(one.spec, never), settings: { ...one.settings, ...settings } };
			return predictEnsemble(image, [member, member], { batchSize: 1 });
		};
		const channels = { kind: "channels", channels: [1], channelAxis: false, dtype: "float32" } as const;
		await expect(run({ mask: "mask.png" })).rejects.toMatchObject({ code: "UNBUILT" });
		await expect(run({ output: channels })).rejects.toMatchObject({ code: "UNBUILT" });
	});

	it("needs equal labels", () => {
		expect(() => requireOneTask([modelSpec(), modelSpec({ configuration: "2d" })])).not.toThrow();
		expect(() => requireOneTask([modelSpec(), modelSpec({ labels: REGIONS })])).toThrow(/must have the same labels/);
	});
});

describe("an image at another spacing than the model's", () => {
	it("comes back in its own shape, the same for every batch size", async () => {
		const image = imageOf([6, 10, 7], [2, 0.7, 1]);
		const member = memberOf(modelSpec({ spacing: [1, 1, 1.3] }), lopsided);
		const one = await alone(image, member, 1);
		expect(one.array.shape).toEqual([6, 10, 7]);
		expect(await alone(image, member, 5)).toEqual(one);
		const voxels = sizeOf(one.array.shape);
		const found = probabilitiesIn(one);
		for (let i = 0; i < voxels; i++) expect((found[i] ?? 0) + (found[voxels + i] ?? 0)).toBeCloseTo(1, 5);
		expect(new Set(Array.from(one.array.data, Number)).size).toBe(2);
	});
});

describe("the second stage of a cascade", () => {
	const spec = modelSpec({ previousStage: "3d_lowres", previousLabels: [1] });
	const member = memberOf(spec, lopsided);
	const image = imageOf([4, 8, 6]);

	it("is never run without the first", async () => {
		await expect(alone(image, member)).rejects.toMatchObject({
			code: "INPUT",
			message: expect.stringContaining("--previous-stage"),
		});
	});

	it("sees the first's labels behind the image", async () => {
		const seen = new Set<number>();
		const watching: ItemNetwork = (item, shape) => {
			expect(shape[0]).toBe(2);
			for (const value of item.slice(item.length / 2)) seen.add(value);
			return lopsided(item, shape);
		};
		const { settings, network } = memberOf(spec, watching);
		const previous = ndarray(
			"int16",
			[4, 8, 6],
			Int16Array.from({ length: 192 }, (_, i) => i % 2),
		);
		await predictImage(image, spec, settings, network, { batchSize: 1, previous });
		expect([...seen].sort()).toEqual([0, 1]);
	});

	it("refuses labels of another shape", async () => {
		const { settings, network } = member;
		const previous = ndarray("int16", [4, 8, 5], new Int16Array(160));
		await expect(predictImage(image, spec, settings, network, { batchSize: 1, previous })).rejects.toThrow(
			/previous stage is 4x8x5, the image 4x8x6/,
		);
	});
});
