/**
 * Decoding as it was written, a list of steps or a graph, to nodes in the order they run.
 *
 * @module
 */
import { readGraph } from "./graph.ts";
import { readList } from "./list.ts";
import type { ReadDecoding } from "./nodes.ts";
import { type Path, recordOf, shortText, strangers } from "./problem.ts";

/** Reads `[{name, kwargs}, ...]`, `{steps: [...]}` or `{graph: {nodes: [{name, op, inputs, kwargs}, ...], output}}`. */
export function readDecoding(raw: unknown): ReadDecoding {
	if (Array.isArray(raw)) return readList(raw, []);
	const given = recordOf(raw);
	if (given === undefined)
		return failed([], `expected a list of {name, kwargs}, or {graph: ...}, found ${shortText(raw)}`);
	const problems = strangers(given, ["steps", "graph"], [], "decoding");
	if (problems.length > 0) return { decoding: { nodes: [] }, later: [], problems };
	const { steps, graph } = given;
	if (graph !== undefined && graph !== null) {
		if (Array.isArray(steps) && steps.length > 0) return failed(["steps"], "steps and graph are both given; keep one");
		return readGraph(graph, ["graph"]);
	}
	if (!Array.isArray(steps))
		return failed(["steps"], `steps: expected a list of {name, kwargs}, found ${shortText(steps)}`);
	return readList(steps, ["steps"]);
}

function failed(path: Path, text: string): ReadDecoding {
	return { decoding: { nodes: [] }, later: [], problems: [{ path, text }] };
}
