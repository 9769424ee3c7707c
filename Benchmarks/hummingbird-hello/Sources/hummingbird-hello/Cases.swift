import Hummingbird
import Mustache

/// What `framework-app` has: JSON of ten fields, a template with twenty rows, a form with three fields.
func addCases(to router: Router<PeerContext>) async throws {
    let library = try await MustacheLibrary(directory: "templates")
    guard let template = library.getTemplate(named: "shelf") else { fatalError("templates/shelf.mustache not found") }

    router.get("/product") { _, _ in Product.sample }
    router.get("/shelf") { _, _ in
        Response(
            status: .ok,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: template.render(Shelf.sample, library: library)))
        )
    }
    router.post("/order") { request, context in
        let order = try await request.decode(as: Order.self, context: context)
        return "\(order.name) (\(order.email)) orders \(order.quantity)."
    }
}

/// A thousand routes, as `framework-app` has them.
func addTable(to router: Router<PeerContext>) {
    for section in 0..<20 {
        for thing in 0..<25 {
            router.get("/section-\(section)/things-\(thing)") { _, _ in "Hello World!" }
            router.get("/section-\(section)/things-\(thing)/:id") { _, context in
                "Hello \(try context.parameters.require("id", as: Int.self))!"
            }
        }
    }
}
