import { join } from "node:path";
import { expect, it } from "vitest";
import { unseenPaths } from "../../../src/launch/k8s/unseen-paths.ts";
import type { Job } from "../../../src/run/job.ts";
import { nnvol } from "../../cli/command.ts";
import { writeImages, writeModel } from "../../cli/scene.ts";
import { testFolder } from "../../folder.ts";
import { planOfCases } from "../../run/run-facts.ts";

const files = { plans: "models/plans.json", dataset: "/models/dataset.json", checkpoints: [] };

function jobOf(folder: string): Job {
	return {
		version: 1,
		nnvol: "1",
		created: "",
		cwd: "/data/run",
		plan: planOfCases(folder, ["a"]),
		models: [files],
		device: "cpu",
		threads: null,
		options: { acceptExisting: false, stopOnError: false, casesHeld: 1, batchSize: 1, tries: 1, reportEvery: 1 },
		provenance: {},
		beside: {},
	};
}

const mounts = (...texts: readonly string[]) =>
	texts.map((path) => ({ claim: "c", path: path.replace(/:ro$/, ""), readOnly: path.endsWith(":ro") }));

it("names models, inputs and outputs that pods would not see, relative ones from where the plan was made", () => {
	const pathsOf = (folder: string, ...texts: string[]) =>
		unseenPaths(jobOf(folder), mounts(...texts)).map(({ path }) => path);
	expect(pathsOf("/out")).toEqual(["/data/run/models/plans.json", "/models/dataset.json", "/in/a.png", "/out"]);
	expect(pathsOf("out", "/data/", "/models:ro")).toEqual(["/in/a.png"]);
	expect(pathsOf("s3://bucket/out", "/data", "/in:ro", "/models:ro")).toEqual([]);
	expect(unseenPaths(jobOf("/data/out"), mounts("/data:ro", "/in", "/models"))).toEqual([
		{ path: "/data/out", why: "is written, and --pvc c:/data is for reading" },
	]);
});

it("nnvol k8s manifest warns of them where it can read the plan, and prints the manifest all the same", async () => {
	const folder = testFolder();
	const job = join(folder, "plan", "job.json");
	const images = await writeImages(join(folder, "in"), ["a_0000.png"]);
	const words = [writeModel(join(folder, "model")), images, join(folder, "out"), "--device", "cpu", "--save", job];
	expect((await nnvol("plan", ...words)).code).toBe(0);
	const manifest = (...more: string[]) =>
		nnvol("k8s", "manifest", "--plan", job, "--image", "nnvol", "--tasks", "2", ...more);
	expect((await manifest("--pvc", `all:${folder}`)).err).toBe("");
	const { code, out, err } = await manifest("--pvc", `plans:${join(folder, "plan")}`);
	expect(code).toBe(0);
	expect(out).toContain("completionMode: Indexed");
	expect(err).toContain(`warning: the plan names ${join(folder, "in", "a_0000.png")}, which lies below no --pvc\n`);
	expect(err).toContain(`${join(folder, "out")}, which lies below no --pvc: what pods write there is lost`);
});
