const lawcket = require('@lawcket/websocket');
const dynamo = require('@lawcket/dynamo');

const connections = dynamo({
  tableName: process.env.CONNECTIONS_TABLE,
  additionalSyncFields: {
    // Read anew for each connection: epoch seconds after which DynamoDB removes it.
    get "expiresAt"() {
      return Math.floor(Date.now() / 1000) + 24 * 3600;
    },
  },
});

const handler = async (event, connection, publish) => {
  if (connection.event === 'message' && publish) {
    await publish({ received: true });
  }
};

exports.handler = lawcket({ plugins: [connections], middleware: [], handler });
