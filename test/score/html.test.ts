import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/core/array.ts";
import { scoreTable } from "../../src/score/case-scores.ts";
import type { Comparison } from "../../src/score/compare.ts";
import { Contingency } from "../../src/score/contingency.ts";
import { labelWords } from "../../src/score/label-words.ts";
import { scoreHtml } from "../../src/score/score-html.ts";
import { scoreReport } from "../../src/score/score-report.ts";
import { tableOf } from "../../src/score/table.ts";

const OPTIONS = { compare: "auto", components: [], connectivity: 1, ignored: [-1n] } as const;

function reportOf(comparison: Comparison, found: readonly (readonly number[])[]) {
	const cases = found.map((values, n) => {
		const counts = new Contingency();
		const [truth, prediction] = [[0, 1, 1, 2, 2, 2], values].map((ids) => {
			return labelWords(ndarray("uint8", [ids.length], Uint8Array.from(ids)), "");
		});
		if (truth !== undefined && prediction !== undefined) counts.add(truth, prediction, 6);
		const table = tableOf(counts);
		const names = { id: `<case> ${n}`, prediction: "p.h5", label: "l.png" };
		return { ...names, shape: [1, 2, 3] as const, table, scores: scoreTable(table, comparison) };
	});
	const failed = [{ id: "bad", error: 'b.png: "torn" & <lost>' }];
	return scoreReport({ comparison, notes: ["a <note>"], cases, failed }, OPTIONS, ["c.h5"]);
}

/** Tags that are opened and not closed, or closed and not opened. */
function unbalanced(html: string): string[] {
	const open: string[] = [];
	for (const [, close, name = "", rest = ""] of html.matchAll(/<(\/?)([a-z0-9]+)((?:"[^"]*"|[^">])*)>/g)) {
		if (["meta", "img", "line", "polyline"].includes(name) || rest.endsWith("/")) continue;
		if (close === "") open.push(name);
		else if (open.at(-1) === name) open.pop();
		else return [...open, `/${name}`];
	}
	return open;
}

const PICTURE = {
	id: "<case> 0",
	box: { start: [0, 0, 0], stop: [1, 2, 3] },
	wrong: 2,
	hasImage: false,
	png: Uint8Array.of(1, 2, 3),
} as const;

describe("the report for people", () => {
	it.each(["classes", "foreground", "instances"] as const)(
		"of %s is whole, and lets no text through as tags",
		(how) => {
			const report = reportOf(how, [
				[0, 1, 1, 2, 2, 0],
				[0, 1, 0, 0, 0, 0],
			]);
			const html = scoreHtml(report, [PICTURE]);
			expect(unbalanced(html)).toEqual([]);
			expect(html).not.toMatch(/<case>|<note>|<lost>/);
			expect(html).toContain("&#60;case&#62; 0");
			expect(html).toContain("bad was not scored: b.png: &#34;torn&#34; &#38; &#60;lost&#62;");
			expect(html).toContain("c.h5 was not scored: no labels have its name");
			expect(html).toContain("voxels with the true labels -1 do not count");
			expect(html).toContain('src="data:image/png;base64,AQID"');
			expect(html.includes("<polyline")).toBe(how === "instances");
			expect(html.includes("Classes, all cases together")).toBe(how === "classes");
		},
	);

	it("of one case has no bars, of none still says why", () => {
		expect(scoreHtml(reportOf("foreground", [[0, 1, 1, 2, 2, 2]]), [])).not.toContain('class="bars"');
		const none = scoreHtml(reportOf("foreground", []), []);
		expect(none).toContain("0 cases");
		expect(none).toContain("bad was not scored");
		expect(unbalanced(none)).toEqual([]);
	});
});
