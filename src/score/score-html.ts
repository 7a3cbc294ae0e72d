/**
 * `scores.html`: the scores of all cases as a table and bars, the curve over thresholds, and pictures of the worst cases.
 *
 * One file that needs no other and no network: styles, drawings and pictures are in it.
 *
 * @module
 */
import type { CasePicture } from "./case-pictures.ts";
import { COLOURS } from "./picture.ts";
import type { ScoreReport } from "./score-report.ts";
import { scoreRows } from "./score-rows.ts";

type Scores = ScoreReport["cases"][number]["scores"];

/** The page of a report. */
export function scoreHtml(report: ScoreReport, pictures: readonly CasePicture[]): string {
	const parts = [
		`<h1>Scores</h1>`,
		`<p>${summaryText(report)}</p>`,
		...report.notes.map((note) => `<p class="note">${escaped(note)}</p>`),
		...failures(report),
		table(report),
		classTable(report),
		bars(report),
		curve(report),
		gallery(report, pictures),
	];
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>nnvol: scores</title><style>${STYLE}</style></head><body>
${parts.filter((part) => part !== "").join("\n")}
</body></html>
`;
}

const STYLE = `
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1b1f24;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #d8dde3;white-space:nowrap}
td:first-child,th:first-child{text-align:left}tr.mean td{font-weight:600;border-top:2px solid #8a939d}
.note{color:#6b4e00;background:#fff6dd;padding:.4rem .7rem}.bad{color:#8c1030;background:#ffe9ee;padding:.4rem .7rem}
.bar{display:inline-block;height:.8rem;background:#3b7dd8;vertical-align:middle}.bars td{border:0;padding:.1rem .6rem}
figure{margin:1.2rem 0}figure img{max-width:100%;image-rendering:pixelated;border:1px solid #d8dde3}figcaption{color:#4a535d}
.key{display:inline-block;width:.9rem;height:.9rem;margin:0 .3rem 0 .9rem;vertical-align:-.1rem;border:1px solid #4a535d}
svg text{font:12px system-ui,sans-serif;fill:#4a535d}.scroll{overflow-x:auto}`;

const WORDS = {
	classes: "as classes, voxel by voxel",
	foreground: "as foreground (everything but 0)",
	instances: "as objects, whose numbers need not agree",
} as const satisfies Readonly<Record<ScoreReport["comparison"], string>>;

function summaryText({ cases, comparison, components, ignored }: ScoreReport): string {
	const masks = components.length === 0 ? "" : `; objects of masks (${components.join(", ")}) are connected components`;
	const left = ignored.length === 0 ? "" : `; voxels with the true labels ${ignored.join(", ")} do not count`;
	return escaped(
		`${cases.length} ${cases.length === 1 ? "case" : "cases"}, compared ${WORDS[comparison]}${masks}${left}.`,
	);
}

function failures({ failed, unlabelled }: ScoreReport): string[] {
	return [
		...failed.map(({ id, error }) => `<p class="bad">${escaped(`${id} was not scored: ${error}`)}</p>`),
		...unlabelled.map((path) => `<p class="bad">${escaped(`${path} was not scored: no labels have its name`)}</p>`),
	];
}

function table(report: ScoreReport): string {
	const { heading, rows } = scoreRows(report);
	const isMean = (n: number) => rows.length > 1 && n === rows.length - 1;
	return tableOf(heading, rows, (n) => (isMean(n) ? "mean" : ""));
}

/** Classes over all cases together, where there are several. */
function classTable({ comparison, pooled }: ScoreReport): string {
	const classes = Object.entries(pooled?.classes ?? {});
	if (comparison !== "classes" || classes.length === 0) return "";
	const rows = classes.map(([id, { dice, iou, precision, recall, tp, fp, fn }]) => [
		id,
		...[dice, iou, precision, recall].map((value) => (value === null ? "-" : value.toFixed(4))),
		...[tp, fp, fn].map((value) => `${value ?? "-"}`),
	]);
	const heading = ["class", "Dice", "IoU", "precision", "recall", "TP", "FP", "FN"];
	return `<h2>Classes, all cases together</h2>${tableOf(heading, rows, () => "")}`;
}

function tableOf(
	heading: readonly string[],
	rows: readonly (readonly string[])[],
	kind: (row: number) => string,
): string {
	const cells = (row: readonly string[], tag: "td" | "th") =>
		row.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join("");
	const lines = rows.map((row, n) => `<tr class="${kind(n)}">${cells(row, "td")}</tr>`);
	return `<div class="scroll"><table><tr>${cells(heading, "th")}</tr>${lines.join("")}</table></div>`;
}

/** What bars show of a case. */
function mainScore({ objects, meanOfClasses, foreground }: Scores): readonly [name: string, value: number | null] {
	if (objects !== undefined) return ["panoptic quality", objects.panoptic.panopticQuality];
	if (meanOfClasses !== undefined) return ["mean Dice", meanOfClasses.dice];
	return ["Dice", foreground.dice];
}

function bars({ cases }: ScoreReport): string {
	const [first] = cases;
	if (first === undefined || cases.length < 2) return "";
	const line = ({ id, scores }: ScoreReport["cases"][number]) => {
		const [, value] = mainScore(scores);
		const width = ((value ?? 0) * 24).toFixed(2);
		return `<tr><td>${escaped(id)}</td><td style="text-align:left"><span class="bar" style="width:${width}rem"></span> ${value?.toFixed(3) ?? "-"}</td></tr>`;
	};
	return `<h2>Each case, ${mainScore(first.scores)[0]}</h2><table class="bars">${cases.map(line).join("")}</table>`;
}

/** Size of the drawing of the curve, and of its margin. */
const PLOT = { width: 460, height: 240, margin: 40 } as const;

/** Colours of the curves. */
const CURVES = { precision: "#3b7dd8", f1: "#c25a00" } as const;

/** Average precision and F1 over thresholds, of all cases together. */
function curve({ pooled, thresholds }: ScoreReport): string {
	const matching = pooled?.objects?.matching ?? [];
	const [low, high] = [thresholds[0] ?? 0, thresholds[thresholds.length - 1] ?? 1];
	if (matching.length < 2) return "";
	const { width, height, margin } = PLOT;
	const x = (threshold: number) => margin + ((threshold - low) / (high - low)) * (width - 2 * margin);
	const y = (value: number) => height - margin - value * (height - 2 * margin);
	const line = (value: (one: (typeof matching)[number]) => number | null, colour: string) =>
		`<polyline fill="none" stroke="${colour}" stroke-width="2" points="${matching.map((one) => `${x(one.threshold).toFixed(1)},${y(value(one) ?? 0).toFixed(1)}`).join(" ")}"/>`;
	const ticks = [0, 0.5, 1].map(
		(value) =>
			`<text x="${margin - 6}" y="${y(value) + 4}" text-anchor="end">${value}</text><line x1="${margin}" x2="${width - margin}" y1="${y(value)}" y2="${y(value)}" stroke="#d8dde3"/>`,
	);
	const ends = [low, high].map(
		(value) => `<text x="${x(value)}" y="${height - margin + 18}" text-anchor="middle">${value}</text>`,
	);
	const drawing = `${ticks.join("")}${ends.join("")}${line((one) => one.averagePrecision, CURVES.precision)}${line((one) => one.f1, CURVES.f1)}`;
	const key = (colour: string) => `<span class="key" style="background:${colour}"></span>`;
	return `<h2>Objects found, over the overlap (IoU) that is asked for</h2><p>${key(CURVES.precision)}average precision ${key(CURVES.f1)}F1, all cases together</p><svg width="${width}" height="${height}" role="img">${drawing}</svg>`;
}

function gallery({ comparison }: ScoreReport, pictures: readonly CasePicture[]): string {
	if (pictures.length === 0) return "";
	const key = (name: keyof typeof COLOURS) =>
		`<span class="key" style="background:rgb(${COLOURS[name].join(",")})"></span>`;
	const lost =
		comparison === "instances"
			? `${key("lost")}objects that are missed or invented (overlap under 0.5); wrong voxels are tinted so`
			: `${key("lost")}wrong voxels are tinted so`;
	const figures = pictures.map(({ id, box, wrong, hasImage, png }) => {
		const [z = 0, y = 0, x = 0] = box.start;
		const where = `section ${z}, from y ${y}, x ${x}`;
		const image = hasImage ? "" : "; there is no image on the labels' grid";
		const text = escaped(`${id}: ${where}; ${wrong} wrong voxels${image}`);
		return `<figure><img alt="${text}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"><figcaption>${text}</figcaption></figure>`;
	});
	return `<h2>Where it is worst</h2><p>Left: labels ${key("truth")}outlines. Right: prediction ${key("prediction")}outlines. ${lost}.</p>${figures.join("\n")}`;
}

function escaped(text: string): string {
	return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
