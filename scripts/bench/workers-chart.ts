/**
 * Efficiency over the number of workers, as an SVG. Colours are readable on white and on black.
 *
 * @module
 */
import type { SimulatedRun } from "./workers-results.ts";

const PLOT = { width: 520, height: 240, left: 56, top: 40 };
const GREY = "#808890";
const LINES = { shares: "#3b82f6", claims: "#d9822b" } as const;
const TICKS = [0.8, 0.85, 0.9, 0.95, 1];
const [LOWEST, HIGHEST] = [0.8, 1];

/** The SVG of `runs`. */
export function workersChart(runs: readonly SimulatedRun[]): string {
	const most = Math.max(2, ...runs.map(({ workers }) => workers));
	const x = (workers: number) => PLOT.width * (Math.log2(workers) / Math.log2(most));
	const y = (value: number) => PLOT.height * (1 - (Math.max(LOWEST, value) - LOWEST) / (HIGHEST - LOWEST));
	const grid = TICKS.map(
		(tick) =>
			`<path d="M0 ${y(tick)}H${PLOT.width}" stroke="${tick === 0.95 ? "#d64545" : GREY}" stroke-opacity="0.4"/>${text(-8, y(tick) + 4, tick.toFixed(2), "end")}`,
	);
	const counts = [...new Set(runs.map(({ workers }) => workers))];
	const axis = counts.map((workers) => text(x(workers), PLOT.height + 18, String(workers), "middle"));
	const lines = (["shares", "claims"] as const).map((how, n) => {
		const own = runs.filter(({ claims }) => claims === (how === "claims"));
		if (own.length === 0) return "";
		const points = own.map(({ workers, efficiency }) => `${x(workers).toFixed(1)},${y(efficiency).toFixed(1)}`);
		const dots = points.map(
			(point) => `<circle cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="3.5" fill="${LINES[how]}"/>`,
		);
		return `<polyline points="${points.join(" ")}" fill="none" stroke="${LINES[how]}" stroke-width="2"/>${dots.join("")}<path d="M${n * 110} -14h24" stroke="${LINES[how]}" stroke-width="2.5"/>${text(n * 110 + 30, -10, how, "start")}`;
	});
	const [width, height] = [PLOT.width + PLOT.left + 24, PLOT.height + PLOT.top + 48];
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${GREY}">`,
		"<title>Efficiency of workers that share one volume</title>",
		`<g transform="translate(${PLOT.left} ${PLOT.top})">`,
		...grid,
		...axis,
		...lines,
		text(PLOT.width / 2, PLOT.height + 38, "workers", "middle"),
		"</g></svg>\n",
	].join("\n");
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end"): string {
	return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;
}
