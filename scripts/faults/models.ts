/**
 * Faults of finding models: zips, look-ups, nnU-Net's command lines, the self-test.
 *
 * @module
 */
import type { Fault } from "./list.ts";

/** Each is caught by the tests named with it. */
export const MODEL_FAULTS: readonly Fault[] = [
	{
		name: "a member of a model zip may lead out of its folder",
		file: "src/model/archive-names.ts",
		from: 'if (parts.includes("..")) return "leads out of its folder";',
		to: "",
		tests: ["test/model/archive.test.ts"],
	},
	{
		name: "a link in a model zip is unpacked",
		file: "src/model/archive-names.ts",
		from: 'if (type === 0xa000) return "is a symbolic link";',
		to: "if (type === 0xa000) return undefined;",
		tests: ["test/model/archive.test.ts"],
	},
	{
		name: "a zip's size is not weighed",
		file: "src/model/archive.ts",
		from: "if (bytes <= most) return;",
		to: "if (bytes >= 0) return;",
		tests: ["test/model/archive.test.ts"],
	},
	{
		name: "an installed model that differs is taken for equal",
		file: "src/nnunet/install.ts",
		from: "return crc === entry.crc32;",
		to: "return crc >= 0;",
		tests: ["test/nnunet/install.test.ts"],
	},
	{
		name: "an installed model is replaced unasked",
		file: "src/nnunet/install.ts",
		from: 'if (overwrite) return "replaced";',
		to: 'if (overwrite || there) return "replaced";',
		tests: ["test/nnunet/install.test.ts"],
	},
	{
		name: "a damaged cache is used",
		file: "src/model/archive-cache.ts",
		from: "if (found?.isFile() !== true || found.size !== size) return false;",
		to: "if (found?.isFile() !== true) return false;",
		tests: ["test/model/reference.test.ts"],
	},
	{
		name: "data set 4 is 41 and 104 as well",
		file: "src/model/registry.ts",
		from: "Number(DATASET.exec(name)?.[1]) === Number(text)",
		to: '(DATASET.exec(name)?.[1] ?? "").includes(text)',
		tests: ["test/model/reference.test.ts"],
	},
	{
		name: "nnUNetv2_predict leaves missing folds out",
		file: "src/cli/nnunet/predict.ts",
		from: 'folds: (given.many("-f") ?? ALL_FOLDS).join(",")',
		to: 'folds: given.many("-f")?.join(",")',
		tests: ["test/cli/nnunet-commands.test.ts"],
	},
	{
		name: "the self-test passes whatever it finds",
		file: "src/cli/selftest/reference.ts",
		from: "const passed = below.length === 0;",
		to: "const passed = below.length >= 0;",
		tests: ["test/cli/selftest.test.ts"],
	},
	{
		name: "a prediction without its probabilities counts as continued",
		file: "src/run/checked.ts",
		from: "(isOwn || (complete && isThere))",
		to: "isOwn",
		tests: ["test/cli/nnunet-commands.test.ts"],
	},
];
