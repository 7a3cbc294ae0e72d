/**
 * What the tables of allowed names are made of.
 *
 * @module
 */
import type { PickleValue } from "./pickle-value.ts";

/** Makes the error for arguments that do not fit. */
export type Refuse = (what: string) => Error;

/** Builds the data that calling a name with `args` stands for. */
export type Construct = (args: readonly PickleValue[], refuse: Refuse) => PickleValue;
