import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parameterCount, parametersOf } from "../../src/model/parameters.ts";
import { isPrimusTrainer, parsePrimus, primusClass, primusDecoder } from "../../src/model/primus.ts";
import type { Primus } from "../../src/model/spec.ts";
import { checkWeights } from "../../src/model/weights.ts";
import { loadPrimus, PRIMUS_NAMES, trainersOf } from "../graph/primus-fixtures.ts";
import { configurationJson, datasetJson, plansJson, specOf } from "./plans-of.ts";

const networkOf = (trainer: string, patch = [32, 24, 16]): Primus =>
	parsePrimus(patch, { inputChannels: 2, heads: 5, trainer }, "plans.json");

describe("parsePrimus", () => {
	it.each(Object.entries(trainersOf()))(
		"%s has torch's state dict",
		(trainer, { sha256, parameters, attentionHeads }) => {
			const net = networkOf(trainer);
			const lines = parametersOf(net).map(({ name, shape }) => `${name} [${shape.join(", ")}]\n`);
			expect(createHash("sha256").update(lines.join("")).digest("hex")).toBe(sha256);
			expect(parameterCount(net)).toBe(parameters);
			expect(net.attentionHeads).toBe(attentionHeads);
		},
	);

	it("knows trainers of one's own that go on from nnU-Net's names", () => {
		expect(networkOf("nnUNet_PrimusV3B_Trainer_myLoss")).toEqual(networkOf("nnUNet_PrimusV3B_Trainer"));
		expect(primusClass(networkOf("nnUNet_PrimusV3B_Trainer_myLoss"))).toBe("PrimusV3");
	});

	it.each(["nnUNet_Primus_X_Trainer", "nnUNet_PrimusV4S_Trainer", "nnUNet_Primus_Trainer", "MyPrimus_S_Trainer"])(
		"refuses %s, naming what is supported",
		(trainer) => {
			expect(isPrimusTrainer(trainer)).toBe(true);
			expect(() => networkOf(trainer)).toThrow(
				expect.objectContaining({
					code: "MODEL",
					message: expect.stringMatching(`${trainer}.*supported are nnUNet_Primus_X`),
				}),
			);
		},
	);

	it.each([[[32, 24]], [[32, 24, 12]], [[0, 8, 8]]])("refuses the patch %j", (patch) => {
		expect(() => networkOf("nnUNet_Primus_S_Trainer", patch)).toThrow(
			/plans\.json: .*3D patch whose extents are multiples of 8/,
		);
	});

	it("leaves other trainers alone", () => {
		expect(isPrimusTrainer("nnUNetTrainer_warmup")).toBe(false);
	});
});

describe("primusDecoder", () => {
	// channels by Python, from PatchDecode
	it.each([
		[396, 3, [396, 96, 24, 3]],
		[36, 2, [36, 16, 8, 2]],
		[1056, 200, [1056, 768, 552, 200]],
		[36, 40, [36, 48, 64, 40]],
	])("narrows %d features to %d heads", (width, heads, channels) => {
		expect(primusDecoder({ ...networkOf("nnUNet_Primus_S_Trainer"), width, heads })).toEqual(channels);
	});
});

describe("a model with a Primus trainer", () => {
	const plans = (changes = {}) =>
		plansJson(undefined, {
			configurations: { "3d_fullres": configurationJson({ patch_size: [16, 8, 24], spacing: [1, 1, 1], ...changes }) },
		});
	const facts = { trainer: "nnUNet_PrimusV2S_Trainer", configuration: "3d_fullres", mirrorAxes: [0, 1, 2] };

	it("has the trainer's network, whatever the plans describe", async () => {
		const { architecture, patch } = await specOf(plans(), datasetJson(), facts);
		expect(architecture).toMatchObject({ kind: "primus", width: 396, depth: 12, inputChannels: 1, heads: 2, patch });
	});

	it("counts the labels of a cascade's first stage among the inputs", async () => {
		const { architecture } = await specOf(plans({ previous_stage: "3d_lowres" }), datasetJson(), facts);
		expect(architecture.inputChannels).toBe(2);
	});
});

describe("a Primus state dict", () => {
	it.each(PRIMUS_NAMES)("of %s is taken whole, and nothing else", async (name) => {
		const { net, weights } = await loadPrimus(name);
		expect([...weights.keys()]).toEqual(parametersOf(net).map((parameter) => parameter.name));
		const wider = { ...net, depth: net.depth + 1 };
		expect(() => checkWeights(wider, weights, "model.pth")).toThrow(/eva\.blocks\.\d\.gamma_1 \(36\) is missing/);
		const shallow = { ...net, depth: net.depth - 1 };
		expect(() => checkWeights(shallow, weights, "model.pth")).toThrow(/have no place in the network/);
		const moved = { ...net, patch: net.patch.map((extent) => extent + 8) };
		expect(() => checkWeights(moved, weights, "model.pth")).toThrow(/eva\.pos_embed: .* expects? the shape/);
	});
});
