const connection = { konstructor: require("ioredis-mock"), args: [], buildNew: true };

exports.DEFAULT = {
  redis: () => ({ _toExpand: false, client: connection, subscriber: connection, tasks: connection }),
  tasks: () => ({ scheduler: false, minTaskProcessors: 0, maxTaskProcessors: 0 }),
  websocket: () => ({ enabled: false }),
  logger: () => ({ loggers: [] }),
};
