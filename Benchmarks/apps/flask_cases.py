"""The Flask applications beside `FrameworkApp`: `app`, and `table` with 1,000 routes."""

from flask import Flask, Response, render_template, request

PRODUCT = {
    "id": 4711,
    "name": "Walking boots",
    "sku": "WB-4711-42",
    "category": "Shoes",
    "description": "Leather boots with a sole that can be replaced.",
    "price": 129.75,
    "currency": "EUR",
    "stock": 17,
    "rating": 4.5,
    "active": True,
}
ROWS = [
    {"id": number, "name": f"Bolt <M{number}> & nut", "price": number + 0.25, "available": number % 4 != 0}
    for number in range(1, 21)
]

app = Flask(__name__)
# As the default, but that sorting takes time and no peer has to.
app.json.sort_keys = False


@app.get("/hello")
def hello():
    return "Hello World!"


@app.get("/product")
def product():
    return PRODUCT


@app.get("/shelf")
def shelf():
    return render_template("shelf.html", title="Nuts & bolts", rows=ROWS)


@app.post("/order")
def order():
    form = request.form
    text = f"{form['name']} ({form['email']}) orders {form.get('quantity', type=int)}."
    return Response(text, mimetype="text/plain")


table = Flask("table")
table.add_url_rule("/hello", view_func=hello)
for section in range(20):
    for thing in range(25):
        path = f"/section-{section}/things-{thing}"
        table.add_url_rule(path, path[1:], hello)
        table.add_url_rule(f"{path}/<int:id>", f"{path[1:]}/id", lambda id: f"Hello {id}!")
