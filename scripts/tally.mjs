/**
 * Counts the results of a test run, strictly: what did not prove anything does not pass.
 *
 * @module
 */

/** Tests that compare with nnU-Net on committed fixtures: skipped, they prove nothing, so they fail. */
const MUST_RUN = /parity/i;
/** Tests that need the folder beside the checkout, and may be skipped without it. */
const MAY_SKIP = /shared:/i;

/**
 * Passed, failed and skipped tests of vitest's JSON report, with a line for each failure that vitest itself does not show.
 *
 * `status` is vitest's exit status; `chosenByName` says that tests were chosen by `-t`, which leaves out the others on purpose.
 */
export function tally(report, { status, chosenByName }) {
	const files = report?.testResults ?? [];
	const tests = files.flatMap(({ assertionResults }) => assertionResults);
	const notRun = chosenByName
		? []
		: tests.filter((test) => isSkipped(test) && MUST_RUN.test(test.fullName) && !MAY_SKIP.test(test.fullName));
	const broken = files.filter(
		(file) => file.status === "failed" && !file.assertionResults.some(({ status: state }) => state === "failed"),
	);
	const passed = tests.filter((test) => test.status === "passed").length;
	const skipped = tests.filter(isSkipped).length - notRun.length;
	const notes = [
		...notRun.map(({ fullName }) => `Failed, as it was skipped: ${fullName}`),
		...broken.map(({ name }) => `Failed as a whole: ${name}`),
	];
	let failed = tests.filter((test) => test.status === "failed").length + notRun.length + broken.length;
	if (failed === 0 && status !== 0) {
		failed = 1;
		notes.push(`Vitest ended with status ${status ?? "none"}, though no test failed`);
	}
	if (failed === 0 && passed === 0) {
		failed = 1;
		notes.push("No test ran");
	}
	return { passed, failed, skipped, notes };
}

function isSkipped({ status }) {
	return status === "skipped" || status === "pending" || status === "todo" || status === "disabled";
}
