/**
 * Section `system`: what of the machine is used.
 *
 * @module
 */
import { z } from "zod";
import { parseBytes } from "../../core/bytes.ts";
import { field } from "./field.ts";
import { count, countOrAll } from "./values.ts";

const DEVICE = /^(auto|cpu|cuda(:\d{1,3})?)$/;

const device = z.string().superRefine((name, context) => {
	if (DEVICE.test(name)) return;
	const message = name.endsWith(":")
		? `a device's number is missing after '${name}' (an unset shell variable?)`
		: /^gpus?(:|$)/.test(name)
			? "graphics cards are called cuda, cuda:0, cuda:1, ..."
			: undefined;
	context.addIssue({ code: "custom", ...(message === undefined ? {} : { message, params: { own: true } }) });
});

/** Fewer bytes than this are a unit that was forgotten: no run fits in them. */
const LEAST_MEMORY = 2 ** 20;

/** Bytes, or text with a unit; bytes once parsed. */
const memory = z
	.union([z.int(), z.string().transform(parseBytes)])
	.nullable()
	.superRefine((bytes, context) => {
		if (bytes === null || (bytes !== undefined && bytes >= LEAST_MEMORY)) return;
		const message =
			bytes === undefined
				? "expected a size such as 4GB, 2GiB or 512MB"
				: `${bytes} bytes hold no run; is the unit missing? 4GB`;
		context.addIssue({ code: "custom", message, params: { own: true } });
	})
	.transform((bytes) => bytes ?? null);

/** What of the machine is used. */
export const systemSchema = z
	.strictObject({
		num_gpus: field(countOrAll(0), 1, {
			text: "Graphics cards one process group uses; -1 for all there are. A machine without one runs on its CPU, with a note.",
			expects: "a whole number of 0 or more, or -1 for all",
		}),
		num_cpus: field(countOrAll(1), 4, {
			text: "Processor cores one process group uses; -1 for all there are.",
			expects: "a whole number of 1 or more, or -1 for all",
		}),
		seed: field(count, 42, {
			text: "Seed of everything drawn by chance. Inference draws nothing; the seed is kept in the records.",
			expects: "a whole number of 0 or more",
		}),
		device: field(device, "auto", {
			text: "Where the network runs: `auto`, `cpu`, `cuda:0`, ... Only an explicit device that cannot be had is an error.",
			expects: "auto, cpu, cuda or cuda:N",
			isText: true,
		}),
		memory: field(memory, null, {
			text: "Most memory that a run may take, all its processes together: `4GB`, `2GiB`, `512MB`. Volumes that do not fit are streamed in blocks that do; the result is the same.",
			expects: "a size such as 4GB, 2GiB or 512MB, or null",
			shown: "half of the machine's, or of the container's",
			isText: true,
			example: "4GB",
		}),
		inference: z
			.strictObject({
				batch_size: field(z.int().min(1), 1, {
					text: "Volumes held at a time.",
					expects: "a whole number of 1 or more",
				}),
			})
			.prefault({})
			.describe("Resources of inference."),
	})
	.prefault({})
	.describe("What of the machine is used.");
