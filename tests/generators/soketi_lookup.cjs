// soketi's own app manager, looking an app up by id and by key as its server does. Prints the ids it found.
// The table and its endpoint come from SOKETI_APP_MANAGER_DYNAMODB_TABLE and _ENDPOINT, as for the server.
'use strict';

const Module = require('module');

const load = Module._load;
Module._load = function (name, ...rest) {
    return name === 'uWebSockets.js' ? {} : load.call(this, name, ...rest);
};

const { Cli } = require('@soketi/soketi/dist/cli/cli');
const { DynamoDbAppManager } = require('@soketi/soketi/dist/app-managers/dynamodb-app-manager');

const cli = new Cli();
cli.overwriteOptionsFromEnv();
const manager = new DynamoDbAppManager(cli.server);
const [id, key] = process.argv.slice(2);

async function main() {
    const found = [await manager.findById(id), await manager.findByKey(key)];
    console.log(JSON.stringify(found.map((app) => app && app.id)));
}

main();
