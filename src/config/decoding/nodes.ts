/**
 * Decoding as it runs: nodes in order, each with its step and what it works on.
 *
 * Law: every input of a node is `raw` or a node before it; the last node gives the objects; no node is there for nothing.
 *
 * @module
 */
import { CATALOGUE, type DecodeStep } from "./catalogue.ts";
import type { DecodingProblem } from "./problem.ts";
import type { Flow } from "./spec.ts";

/** What a node works on: channels of the input (all where `channels` is null), or what another node gives. */
export type InputRef =
	| { readonly kind: "raw"; readonly channels: string | null }
	| { readonly kind: "node"; readonly id: string };

/** A step and what it works on, one entry an input. */
export type DecodeNode = { readonly id: string; readonly step: DecodeStep; readonly inputs: readonly InputRef[] };

/** Nodes in the order they run; the last one gives the objects. Without nodes nothing is decoded. */
export type Decoding = { readonly nodes: readonly DecodeNode[] };

/** What was read, which steps are not built, and what is wrong; with either of these the nodes are of no use. */
export type ReadDecoding = {
	readonly decoding: Decoding;
	readonly later: readonly string[];
	readonly problems: readonly DecodingProblem[];
};

/** All input channels. */
export const RAW: InputRef = { kind: "raw", channels: null };

/** What a step gives. */
export function givenBy({ name }: DecodeStep): Flow {
	return CATALOGUE.get(name)?.gives ?? "objects";
}

/** What a step takes, one entry an input. */
export function takenBy({ name }: DecodeStep): readonly Flow[] {
	return CATALOGUE.get(name)?.takes ?? [];
}
