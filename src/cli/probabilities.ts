/**
 * What `predict` saves of probabilities, as its options say.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import type { Output, ProbabilityStore } from "../plan/settings.ts";
import { requireStored } from "../run/probability-store.ts";

/** Options that speak of probabilities. */
export type ProbabilityFlags = {
	readonly saveProbabilities?: boolean;
	readonly probabilitiesFormat?: string | undefined;
	readonly probabilitiesDtype?: string | undefined;
};

/** The labels that `predict` writes, with what is kept of probabilities. @throws CONFIG */
export async function labelOutput(flags: ProbabilityFlags): Promise<Extract<Output, { kind: "labels" }>> {
	const store = storeOf(flags);
	if (store !== undefined) await requireStored(store);
	const asked = flags.saveProbabilities === true || flags.probabilitiesFormat !== undefined || store !== undefined;
	const base = { kind: "labels", probabilities: asked, dtype: "by-values" } as const;
	return store === undefined ? base : { ...base, store };
}

/** True where nnU-Net's ensemble command could read what is saved. */
export function isForEnsembles(output: Output): boolean {
	return output.kind === "labels" && output.probabilities && output.store === undefined;
}

function storeOf({
	probabilitiesFormat: format = "npz",
	probabilitiesDtype,
}: ProbabilityFlags): ProbabilityStore | undefined {
	const dtype = dtypeOf(probabilitiesDtype);
	if (format === "zarr" || format === "h5") {
		return { format: format === "h5" ? "hdf5" : "zarr", dtype: dtype ?? "float32" };
	}
	if (format !== "npz") throw new NnvolError("CONFIG", `--probabilities-format ${format}: expected npz, zarr or h5`);
	if (dtype === undefined || dtype === "float32") return undefined;
	throw new NnvolError(
		"CONFIG",
		`--probabilities-dtype ${dtype}: nnU-Net's .npz is float32; choose zarr or h5 by --probabilities-format`,
	);
}

function dtypeOf(text: string | undefined): ProbabilityStore["dtype"] | undefined {
	switch (text) {
		case undefined:
		case "float32":
		case "float16":
		case "uint8":
			return text;
		default:
			throw new NnvolError("CONFIG", `--probabilities-dtype ${text}: expected float32, float16 or uint8`);
	}
}
