// The catalogue of databases.

import { randomUUID } from "node:crypto";

import { WholeReply } from "./collectors.js";
import { failureOf, sluiceError } from "./errors.js";
import { requestHeaders } from "./headers.js";
import { parseRounded } from "./json.js";

export class Databases {
  #transport;
  #subject;
  #options;

  constructor(transport, subject, options) {
    this.#transport = transport;
    this.#subject = subject;
    this.#options = options;
  }

  async create(name) {
    const { database } = await this.#send(
      "create",
      { name },
      hasDatabase,
      randomUUID(),
    );
    return database;
  }

  async get(nameOrUuid) {
    const which =
      typeof nameOrUuid === "string" ? { name: nameOrUuid } : nameOrUuid;
    const { database } = await this.#send("get", which, hasDatabase);
    return database;
  }

  async list({ name, page, perPage } = {}) {
    const { databases, total, ...reply } = await this.#send(
      "list",
      { name, page, per_page: perPage },
      hasDatabases,
    );
    return Object.assign(databases, {
      page: reply.page,
      perPage: reply.per_page,
      total,
    });
  }

  async delete(name) {
    await this.#send("delete", { name }, isSuccess, randomUUID());
  }

  async #send(what, body, isWhole, id) {
    const reply = await this.#transport.request(
      {
        subject: `${this.#subject}.${what}`,
        payload: Buffer.from(JSON.stringify(body)),
        changes: id !== undefined,
        streams: false,
        headers: (timeout) => requestHeaders({ timeout, id }),
        collector: () => new WholeReply(parseRounded, isWhole),
      },
      this.#options,
    );
    const failed = failureOf(reply);
    if (failed) throw sluiceError(failed);
    return reply.body;
  }
}

function isSuccess(body) {
  return body?.success === true;
}

function hasDatabase(body) {
  return isSuccess(body) && typeof body.database?.name === "string";
}

function hasDatabases(body) {
  return isSuccess(body) && Array.isArray(body.databases);
}
