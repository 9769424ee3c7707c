import Hummingbird

struct Product: ResponseEncodable {
    let id: Int
    let name: String
    let sku: String
    let category: String
    let description: String
    let price: Double
    let currency: String
    let stock: Int
    let rating: Double
    let active: Bool

    static let sample = Product(
        id: 4711,
        name: "Walking boots",
        sku: "WB-4711-42",
        category: "Shoes",
        description: "Leather boots with a sole that can be replaced.",
        price: 129.75,
        currency: "EUR",
        stock: 17,
        rating: 4.5,
        active: true
    )
}

struct Order: Decodable {
    let name: String
    let email: String
    let quantity: Int
}
