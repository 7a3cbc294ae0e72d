/**
 * Scores pairs for a command: progress, messages, `scores.json`, `scores.html`, the exit code.
 *
 * @module
 */
import { NnvolError } from "../core/errors.ts";
import { openState } from "../run/state-store.ts";
import { worstPictures } from "../score/case-pictures.ts";
import type { Named } from "../score/pair-cases.ts";
import { type ScoredPair, type ScoreOptions, scoreCases } from "../score/score-cases.ts";
import { scoreHtml } from "../score/score-html.ts";
import { type ScoreReport, scoreReport } from "../score/score-report.ts";
import { baseOf, parentOf } from "../volume/stores/location.ts";
import { interruptible } from "./interrupt.ts";
import { scoreText } from "./score-text.ts";

/** What is scored, and where the scores go. */
export type ScoreRequest = {
	readonly pairs: readonly ScoredPair[];
	/** Predictions without labels, which are told. */
	readonly unlabelled: readonly Named[];
	/** Labels without a prediction, which are told. */
	readonly unused: readonly Named[];
	readonly options: ScoreOptions;
	readonly json?: string;
	readonly html?: string;
	/** The image of each case by its id, for pictures. */
	readonly images?: ReadonlyMap<string, string>;
	readonly quiet: boolean;
	/** True: one JSON line on standard output instead of a table. */
	readonly asJson?: boolean;
};

/** Names shown in a message. */
const SHOWN = 5;

/** Scores, writes, tells; gives the exit code: 0; 3 where some cases could not be scored; 1 where none could. */
export async function scoreAndTell(request: ScoreRequest): Promise<number> {
	const { pairs, unlabelled, options, json, html } = request;
	const { result, pictures } = await interruptible(async (signal) => {
		const scored = await scoreCases(pairs, options, progressOf(request), signal);
		const drawn =
			html === undefined ? [] : await worstPictures(scored, options, request.images ?? new Map(), { signal });
		return { result: scored, pictures: drawn };
	});
	clearLine(request);
	const report = scoreReport(
		result,
		options,
		unlabelled.map(({ path }) => path),
	);
	for (const text of messages(report, request)) process.stderr.write(`nnvol: ${text}\n`);
	if (json !== undefined) await writeText(json, `${JSON.stringify(report, null, "\t")}\n`);
	if (html !== undefined) await writeText(html, scoreHtml(report, pictures));
	const files = [json, html].filter((path) => path !== undefined);
	if (request.asJson === true) process.stdout.write(`${JSON.stringify({ kind: "scores", files, ...report })}\n`);
	else if (!request.quiet) {
		process.stdout.write(scoreText(report) + (files.length === 0 ? "" : `written: ${files.join(", ")}\n`));
	}
	if (report.failed.length === 0) return 0;
	return report.cases.length === 0 ? 1 : 3;
}

/** What a user has to know besides the numbers. */
function messages({ notes, failed }: ScoreReport, { unlabelled, unused }: ScoreRequest): string[] {
	const out = [...notes];
	for (const { error } of failed) out.push(`not scored: ${error}`);
	if (unlabelled.length > 0) {
		out.push(`not scored, as no labels have the name: ${listed(unlabelled)} (labels are named as the inputs)`);
	}
	if (unused.length > 0) out.push(`labels without a prediction: ${listed(unused)}`);
	return out;
}

function listed(named: readonly Named[]): string {
	const more = named.length - SHOWN;
	const some = named.slice(0, SHOWN).map(({ id }) => id);
	return `${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Writes a file whole, making its folder. @throws RUN */
async function writeText(path: string, text: string): Promise<void> {
	try {
		await (await openState(parentOf(path))).write(baseOf(path), text);
	} catch (cause) {
		throw new NnvolError("RUN", `${path} cannot be written; check the permissions of its folder`, { cause });
	}
}

function progressOf({ pairs, quiet }: ScoreRequest): (id: string, done: number, total: number) => void {
	if (quiet || process.stderr.isTTY !== true) return () => undefined;
	const numbers = new Map(pairs.map(({ id }, n) => [id, n + 1]));
	return (id, done, total) =>
		process.stderr.write(
			`\r\u001b[Kscoring ${numbers.get(id)}/${pairs.length} ${id} ${Math.floor((100 * done) / total)} %`,
		);
}

function clearLine({ quiet }: ScoreRequest): void {
	if (!quiet && process.stderr.isTTY === true) process.stderr.write("\r\u001b[K");
}
