const { Action } = require("actionhero");
const store = require("../store");

const whole = (value) => {
  const n = parseInt(value, 10);
  if (isNaN(n)) throw new Error("id must be a number");
  return n;
};

function find(data, id) {
  const book = data.books[id];
  if (!book) {
    const error = new Error("no such book");
    error.code = 404;
    throw error;
  }
  return book;
}

exports.BookList = class extends Action {
  constructor() {
    super();
    this.name = "book:list";
    this.description = "lists the books";
    this.inputs = {
      author: { required: false },
      limit: { required: true, formatter: (v) => parseInt(v, 10), default: 10 },
    };
    this.outputExample = { books: [{ id: 1, title: "Middlemarch", author: "George Eliot", pages: 880 }], total: 1 };
  }
  async run({ params, response }) {
    const found = Object.values(store.read().books).filter((b) => !params.author || b.author === params.author);
    response.books = found.slice(0, params.limit);
    response.total = found.length;
    response.servedAt = new Date().toISOString();
  }
};

exports.BookShow = class extends Action {
  constructor() {
    super();
    this.name = "book:show";
    this.description = "shows a book";
    this.inputs = { id: { required: true, formatter: whole } };
    this.outputExample = { book: { id: 1, title: "Middlemarch", author: "George Eliot", pages: 880 } };
  }
  async run({ params, response }) {
    response.book = find(store.read(), params.id);
  }
};

exports.BookShow2 = class extends Action {
  constructor() {
    super();
    this.name = "book:show";
    this.version = 2;
    this.description = "shows a book and what can be done with it";
    this.inputs = { id: { required: true, formatter: whole } };
  }
  async run({ params, response }) {
    response.book = { ...find(store.read(), params.id), lent: false };
    response.links = { self: `/api/books/${params.id}` };
  }
};

exports.BookAdd = class extends Action {
  constructor() {
    super();
    this.name = "book:add";
    this.description = "adds a book";
    this.inputs = {
      title: { required: true },
      author: { required: true },
      pages: { required: false, formatter: (v) => parseInt(v, 10) },
    };
  }
  async run({ params, response, connection }) {
    response.book = store.change((data) => {
      const book = { id: ++data.last, title: params.title, author: params.author, pages: params.pages ?? 0 };
      return (data.books[book.id] = book);
    });
    connection.rawConnection.responseHttpCode = 201;
  }
};

exports.BookRemove = class extends Action {
  constructor() {
    super();
    this.name = "book:remove";
    this.description = "removes a book";
    this.inputs = { id: { required: true, formatter: whole } };
  }
  async run({ params, response }) {
    response.removed = store.change((data) => {
      find(data, params.id);
      return delete data.books[params.id];
    });
  }
};
