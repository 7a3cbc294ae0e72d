import { describe, expect, it } from "vitest";
import type { Objective } from "../../src/tune/objective.ts";
import { parseSpace } from "../../src/tune/parse-space.ts";
import { studyPlot } from "../../src/tune/plot.ts";
import type { TrialRecord } from "../../src/tune/study-file.ts";
import { meanOf, trialTable } from "../../src/tune/trial-table.ts";

const SPACE = parseSpace({
	"binary.threshold": [0.1, 0.9, 0.1],
	"decoding.0.kwargs.mode": { values: ["cc", "<&>"] },
	"decoding.0.kwargs.min_size": { type: "int", range: [1, 1000], log: true },
});
const KEYS = SPACE.map(({ key }) => key);
const OBJECTIVE: Objective = { metric: "dice", direction: "maximize" };

function record(trial: number, values: readonly unknown[], score: number | null): TrialRecord {
	return {
		kind: "trial",
		trial,
		isDefault: trial === 0,
		point: Object.fromEntries(values.map((value, n) => [KEYS[n] ?? "", value])),
		score,
		cases: score === null ? {} : { a: { dice: score, iou: null }, b: { dice: score, iou: 0.5 } },
		...(score === null ? { error: 'no "such", step' } : {}),
		seconds: 0.25,
	};
}

const TRIALS = [
	record(0, [0.5], 0.1),
	record(1, [0.1, "cc", 1], 0.8),
	record(2, [0.9, "<&>", 1000], 0.9),
	record(3, [0.3, "cc", 30], null),
	...Array.from({ length: 16 }, (_, n) => record(n + 4, [0.2, "cc", n + 2], 0.7 + n / 200)),
];

describe("the table", () => {
	it("has a row a trial, empty where there is nothing, quoted where it must be", () => {
		const lines = trialTable(TRIALS, SPACE).split("\n");
		expect(lines[0]).toBe(
			"trial,default,binary.threshold,decoding.0.kwargs.mode,decoding.0.kwargs.min_size,score,dice,iou,seconds,error",
		);
		expect(lines[1]).toBe("0,true,0.5,,,0.1,0.1,0.5,0.25,");
		expect(lines[3]).toBe("2,false,0.9,<&>,1000,0.9,0.9,0.5,0.25,");
		expect(lines[4]).toBe('3,false,0.3,cc,30,,,,0.25,"no ""such"", step"');
		expect(lines).toHaveLength(TRIALS.length + 2);
	});

	it("has means over the cases that have a score", () => {
		expect(meanOf({ cases: { a: { x: 1 }, b: { x: null }, c: { x: 2 } } }, "x")).toBe(1.5);
		expect(meanOf({ cases: {} }, "x")).toBeNull();
	});
});

describe("the plot", () => {
	const svg = studyPlot(TRIALS, SPACE, OBJECTIVE);
	const panels = svg.split("<g ").slice(1);

	it("has a panel for the trials and one a parameter, with texts that are safe", () => {
		expect(panels).toHaveLength(4);
		expect(panels[0]).toContain("dice over trials");
		expect(panels[2]).toContain("decoding.0.mode");
		expect(panels[2]).toContain('"&lt;&amp;&gt;"');
		expect(svg).not.toContain("<&");
		expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
	});

	it("draws each scored trial once where it has a value, and a ring at the best", () => {
		const dots = (text = "") => text.match(/<circle [^>]*r="(2\.6|4)"/g)?.length;
		expect(dots(panels[0])).toBe(19);
		expect(dots(panels[1])).toBe(19);
		expect(panels[2]?.match(/r="2\.6"/g)?.length).toBe(18);
		expect(panels[1]?.match(/cx="260\.0" cy="[\d.]+" r="5"/g)).toHaveLength(1);
		expect(panels[3]?.match(/cx="260\.0" cy="[\d.]+" r="5"/g)).toHaveLength(1);
	});

	it("keeps everything within its panel, the worst on the edge", () => {
		const heights = [...svg.matchAll(/cy="([\d.-]+)" r="(?:2\.6|4|5)"/g)].map(([, y]) => Number(y));
		const line = /<path d="([^"]+)"/.exec(svg)?.[1] ?? "";
		const steps = [...line.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(([, , y]) => Number(y));
		const inPanels = heights.filter((y) => y <= 180);
		expect(Math.min(...inPanels)).toBeGreaterThanOrEqual(0);
		expect(steps).toHaveLength(19);
		expect(Math.max(...steps)).toBeLessThanOrEqual(180);
		expect(steps).toEqual([...steps].sort((a, b) => b - a));
		expect(panels[0]).toContain('cy="180.0" r="4" fill="none"');
	});

	it("is drawn of a single trial, and of none", () => {
		expect(studyPlot(TRIALS.slice(0, 1), SPACE, OBJECTIVE)).toContain("<circle");
		expect(studyPlot([], SPACE, OBJECTIVE)).toContain("</svg>");
		expect(studyPlot(TRIALS.slice(0, 1), SPACE, OBJECTIVE)).not.toContain("NaN");
		expect(studyPlot([], SPACE, OBJECTIVE)).not.toMatch(/NaN|Infinity/);
	});
});
