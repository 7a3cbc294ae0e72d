/**
 * Decoding as a graph: named nodes that say what they work on.
 *
 * @module
 */
import type { DecodeStep } from "./catalogue.ts";
import { type DecodeNode, givenBy, type InputRef, type ReadDecoding, takenBy } from "./nodes.ts";
import { type DecodingProblem, insteadText, type Path, recordOf, shortText, strangers } from "./problem.ts";
import { readStep } from "./read-step.ts";

/** A node before its inputs are known to be there. */
type Written = {
	readonly id: string;
	readonly step: DecodeStep;
	readonly inputs: readonly string[];
	readonly path: Path;
};

/** Reads `{nodes: [{name, op, inputs, kwargs, enabled}, ...], output}`; without `output` the last node is it. */
export function readGraph(raw: unknown, path: Path): ReadDecoding {
	const problems: DecodingProblem[] = [];
	const later: string[] = [];
	const given = recordOf(raw);
	const list = given?.["nodes"];
	if (given === undefined || !Array.isArray(list)) {
		problems.push({
			path,
			text: `graph: expected {nodes: [{name, op, inputs, kwargs}], output: NAME}, found ${shortText(raw)}`,
		});
		return { decoding: { nodes: [] }, later, problems };
	}
	problems.push(...strangers(given, ["nodes", "output"], path, "graph"));
	const written = new Map<string, Written>();
	for (const [n, entry] of list.entries()) {
		const node = readNode(entry, [...path, "nodes", n], n, problems, later);
		if (node === undefined) continue;
		if (written.has(node.id)) problems.push({ path: node.path, text: `two nodes are named '${node.id}'` });
		written.set(node.id, node);
	}
	const output = outputOf(given["output"], written, path, problems);
	if (problems.length > 0 || later.length > 0 || output === undefined)
		return { decoding: { nodes: [] }, later, problems };
	const nodes = ordered(output, written, problems);
	const last = nodes.at(-1);
	if (problems.length === 0 && last !== undefined && givenBy(last.step) !== "objects") {
		problems.push({
			path: [...path, "output"],
			text: `the output, node '${output}', makes no objects; add decode_connected_components`,
		});
	}
	return { decoding: { nodes }, later, problems };
}

function readNode(
	entry: unknown,
	path: Path,
	n: number,
	problems: DecodingProblem[],
	later: string[],
): Written | undefined {
	const given = recordOf(entry);
	const name = given?.["name"];
	if (given === undefined || typeof name !== "string" || name === "" || /^raw(\[|$)/.test(name)) {
		problems.push({
			path,
			text: `node ${n + 1}: expected {name, op, inputs, kwargs} with a name other than raw, found ${shortText(entry)}`,
		});
		return undefined;
	}
	const label = `node '${name}'`;
	problems.push(...strangers(given, ["name", "op", "inputs", "kwargs", "enabled"], path, label));
	if (given["enabled"] === false) return undefined;
	const inputs = given["inputs"] ?? ["raw"];
	if (!Array.isArray(inputs) || !inputs.every((input) => typeof input === "string")) {
		problems.push({
			path: [...path, "inputs"],
			text: `${label}: inputs: expected a list of names, found ${shortText(inputs)}`,
		});
		return undefined;
	}
	const read = readStep(given["op"], given["kwargs"], path, label);
	if (read.kind === "later") later.push(read.text);
	if (read.kind === "wrong") problems.push(...read.problems);
	return read.kind === "step" ? { id: name, step: read.step, inputs, path } : undefined;
}

function outputOf(
	given: unknown,
	written: ReadonlyMap<string, Written>,
	path: Path,
	problems: DecodingProblem[],
): string | undefined {
	const names = [...written.keys()];
	if (given === undefined || given === null || given === "") {
		const last = names.at(-1);
		if (last === undefined && problems.length === 0) problems.push({ path, text: "graph: there is no node" });
		return last;
	}
	if (typeof given === "string" && written.has(given)) return given;
	if (problems.length === 0)
		problems.push({
			path: [...path, "output"],
			text: `graph: there is no node ${shortText(given)}${insteadText(String(given), names)}`,
		});
	return undefined;
}

/** The nodes that `output` needs, each after its inputs. */
function ordered(output: string, written: ReadonlyMap<string, Written>, problems: DecodingProblem[]): DecodeNode[] {
	const done = new Map<string, DecodeNode>();
	const visit = (id: string, above: readonly string[]): void => {
		const node = written.get(id);
		if (node === undefined || done.has(id)) return;
		const refs = node.inputs.map((input) => refOf(input, node, written, problems));
		for (const ref of refs) {
			if (ref?.kind !== "node") continue;
			if ([...above, id].includes(ref.id))
				problems.push({ path: node.path, text: `nodes need each other: ${[...above, id, ref.id].join(", ")}` });
			else visit(ref.id, [...above, id]);
		}
		const inputs = refs.filter((ref) => ref !== undefined);
		checkFlow(node, inputs, written, problems);
		done.set(id, { id, step: node.step, inputs });
	};
	visit(output, []);
	return [...done.values()];
}

function refOf(
	input: string,
	node: Written,
	written: ReadonlyMap<string, Written>,
	problems: DecodingProblem[],
): InputRef | undefined {
	if (input === "raw") return { kind: "raw", channels: null };
	const range = /^raw\[\s*(-?\d+|-?\d*\s*:\s*-?\d*)\s*\]$/.exec(input)?.[1];
	if (range !== undefined) return { kind: "raw", channels: range };
	if (written.has(input)) return { kind: "node", id: input };
	const text = `node '${node.id}': there is no input '${input}'${insteadText(input, ["raw", ...written.keys()])}`;
	problems.push({ path: [...node.path, "inputs"], text });
	return undefined;
}

function checkFlow(
	node: Written,
	inputs: readonly InputRef[],
	written: ReadonlyMap<string, Written>,
	problems: DecodingProblem[],
): void {
	const takes = takenBy(node.step);
	const found = inputs.map((ref) => {
		const from = ref.kind === "node" ? written.get(ref.id) : undefined;
		return from === undefined ? "channels" : givenBy(from.step);
	});
	if (inputs.length !== node.inputs.length || takes.join() === found.join()) return;
	const text = `node '${node.id}' (${node.step.name}) takes ${takes.join(" and ")}, in this order; its inputs ${node.inputs.join(", ")} give ${found.join(" and ") || "nothing"}`;
	problems.push({ path: [...node.path, "inputs"], text });
}
