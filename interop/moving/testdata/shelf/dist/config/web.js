exports.DEFAULT = {
  web: (config) => ({
    bindIP: "127.0.0.1",
    httpHeaders: { "X-Powered-By": config.general.serverName, "X-Frame-Options": "DENY" },
    fingerprintOptions: { cookieKey: "shelfID", settings: { expires: 86400000 } },
    formOptions: { maxFieldsSize: 65536, createDirsFromUploads: false },
    flatFileCacheDuration: 300,
    padding: null,
    metadataOptions: { serverInformation: true, requesterInformation: false },
  }),
};
