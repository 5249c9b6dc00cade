exports.DEFAULT = {
  routes: () => ({
    get: [
      { path: "/books", action: "book:list" },
      { path: "/books/:id", action: "book:show" },
      { path: "/v:apiVersion/books/:id", action: "book:show" },
      { path: "/visits", action: "visits" },
      { path: "/handbook/:page(^[a-z]+$)", action: "handbook" },
    ],
    post: [{ path: "/books", action: "book:add" }],
    delete: [{ path: "/books/:id", action: "book:remove" }],
  }),
};
