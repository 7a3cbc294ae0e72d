/**
 * The tolerance that counts, and the table.
 *
 * Against nnU-Net with float32 sums: 99.99 % of a case's labels equal, no probability off by more than 0.0005, or 0.002
 * where logits are resampled, and 99.9 % within 0.0001. Against nnU-Net as it is, with float16 sums: 99.9 %. Shape, type and geometry equal.
 *
 * @module
 */
import { z } from "zod";
import type { ParityCase } from "./model.ts";

/** What `compare.py` says of one case. */
export const Comparison = z.object({
	model: z.string(),
	case: z.string(),
	error: z.string().optional(),
	found: z.string().optional(),
	expected: z.string().optional(),
	geometry: z.number().optional(),
	labels: z.number().optional(),
	plain: z.number().optional(),
	float32: z.number().optional(),
	own: z.number().optional(),
	probabilityTypes: z.boolean().optional(),
	largest: z.number().optional(),
	within: z.number().optional(),
});

/** One case's comparison. */
export type Comparison = z.infer<typeof Comparison>;

const LEAST_FLOAT32 = 0.9999;
const LEAST_PLAIN = 0.999;
const LEAST_WITHIN = 0.999;

/** What is out of tolerance in one case; nothing where it agrees. */
export function faultsOf(model: ParityCase, found: Comparison): readonly string[] {
	if (found.error !== undefined) return [found.error];
	const faults: string[] = [];
	if (found.found !== found.expected) faults.push(`${found.found} in place of ${found.expected}`);
	if (found.geometry !== 0) faults.push(`geometry off by ${found.geometry}`);
	if (!((found.float32 ?? 0) >= LEAST_FLOAT32)) faults.push(`labels ${percent(found.float32)} (float32 sums)`);
	if (!((found.plain ?? 0) >= LEAST_PLAIN)) faults.push(`labels ${percent(found.plain)} (as it is)`);
	const most = model.resampled ? 0.002 : 0.0005;
	if (found.probabilityTypes !== true) faults.push("shape or type of the probabilities");
	else if (!((found.largest ?? 1) <= most)) faults.push(`a probability off by ${found.largest}`);
	else if (!((found.within ?? 0) >= LEAST_WITHIN))
		faults.push(`${percent(found.within)} of the probabilities within 0.0001`);
	return faults;
}

/** A row of the table for each model. */
export function tableOf(models: readonly ParityCase[], comparisons: readonly Comparison[]): string {
	const head = [
		"| model | shows | labels equal, float32 sums | labels equal, as it is | nnU-Net with itself | largest difference of a probability |",
		"|---|---|---|---|---|---|",
	];
	return [...head, ...models.map((model) => row(model, comparisons))].join("\n");
}

function row(model: ParityCase, comparisons: readonly Comparison[]): string {
	const own = comparisons.filter((comparison) => comparison.model === model.name);
	const least = (values: readonly (number | undefined)[]) =>
		values.length === 0 || values.includes(undefined) ? undefined : Math.min(...values.map((value) => value ?? 0));
	const largest = own.map((comparison) => comparison.largest ?? Number.POSITIVE_INFINITY);
	const cells = [
		`\`${model.name}\``,
		model.shows,
		percent(least(own.map((comparison) => comparison.float32))),
		percent(least(own.map((comparison) => comparison.plain))),
		percent(least(own.map((comparison) => comparison.own))),
		largest.length === 0 || !Number.isFinite(Math.max(...largest)) ? "none" : Math.max(...largest).toFixed(7),
	];
	return `| ${cells.join(" | ")} |`;
}

function percent(part: number | undefined): string {
	return part === undefined ? "none" : `${(Math.floor(part * 1e6) / 1e4).toFixed(4)} %`;
}
