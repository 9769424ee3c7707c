import Glibc
import Martlet

// What `compare.py` measures of the framework, beside the same in Hummingbird (`hummingbird-hello`) and in Flask
// (`apps/flask_cases.py`). It is started in `apps`, where the templates are; with ROUTE_TABLE set it has 1,000 routes more.

let app = App()
app.templates(in: "templates")

app.get("/hello") { "Hello World!" }
app.get("/product") { JSON(Product.sample) }
app.get("/shelf") { request in try request.render("shelf.html", Shelf.sample) }
app.post("/order", body: Order.self) { order in "\(order.name) (\(order.email)) orders \(order.quantity)." }

if getenv("ROUTE_TABLE") != nil { RouteTable.add(to: app) }

try await app.run()
