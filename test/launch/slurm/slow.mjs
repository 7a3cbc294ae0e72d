/**
 * Loaded before nnvol (`node --import`): each block waits before it is recorded, so that tasks last and are met in their midst.
 *
 * The milliseconds stand in the file that NNVOL_TEST_SLOW names, and may change meanwhile.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

const { rename } = fs.promises;
fs.promises.rename = async (from, to) => {
	if (String(to).endsWith(".done.json")) {
		const end = Date.now() + 60_000;
		for (let waited = 0; waited < milliseconds() && Date.now() < end; waited += 50) await pause(50);
	}
	return rename(from, to);
};
syncBuiltinESMExports();

function milliseconds() {
	return Number(fs.readFileSync(process.env.NNVOL_TEST_SLOW ?? "", "utf8"));
}
