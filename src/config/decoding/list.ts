/**
 * Decoding as a list: each step works on what the one before it gives.
 *
 * @module
 */
import type { DecodeStep } from "./catalogue.ts";
import { type DecodeNode, givenBy, type InputRef, RAW, type ReadDecoding, takenBy } from "./nodes.ts";
import { type DecodingProblem, type Path, recordOf, shortText, strangers } from "./problem.ts";
import { readStep } from "./read-step.ts";
import type { Flow } from "./spec.ts";

/** Reads `[{name, kwargs, enabled}, ...]`; an input of another kind than what the step before gives is `raw`. */
export function readList(list: readonly unknown[], path: Path): ReadDecoding {
	const nodes: DecodeNode[] = [];
	const later: string[] = [];
	const problems: DecodingProblem[] = [];
	let before: { readonly ref: InputRef; readonly gives: Flow; readonly label: string } = {
		ref: RAW,
		gives: "channels",
		label: "",
	};
	for (const [n, entry] of list.entries()) {
		const place = [...path, n];
		const label = `step ${n + 1}`;
		const given = recordOf(entry);
		if (given === undefined) {
			problems.push({ path: place, text: `${label}: expected {name, kwargs}, found ${shortText(entry)}` });
			continue;
		}
		problems.push(...strangers(given, ["name", "kwargs", "enabled"], place, label));
		if (given["enabled"] === false) continue;
		const read = readStep(given["name"], given["kwargs"], place, label);
		if (read.kind === "later") later.push(read.text);
		if (read.kind === "wrong") problems.push(...read.problems);
		if (read.kind !== "step") continue;
		const { step } = read;
		const takes = takenBy(step);
		if (!takes.includes(before.gives)) problems.push({ path: place, text: misfit(step, takes, before, label) });
		const id = `${n + 1}`;
		nodes.push({ id, step, inputs: takes.map((flow) => (flow === before.gives ? before.ref : RAW)) });
		before = { ref: { kind: "node", id }, gives: givenBy(step), label: `${label} (${step.name})` };
	}
	if (problems.length === 0 && later.length === 0 && nodes.length > 0 && before.gives === "channels") {
		problems.push({
			path,
			text: `${before.label}, the last one, makes no objects; add decode_connected_components`,
		});
	}
	return { decoding: { nodes }, later, problems };
}

function misfit(
	step: DecodeStep,
	takes: readonly Flow[],
	before: { readonly gives: Flow; readonly label: string },
	label: string,
): string {
	const found = before.label === "" ? "the network gives channels" : `${before.label} gives ${before.gives}`;
	const advice =
		takes.includes("objects") && !takes.includes("channels")
			? "; make objects first, by decode_connected_components or another decode_ step"
			: "; put it before them";
	return `${label} (${step.name}) takes ${takes.join(" and ")}, but ${found}${advice}`;
}
