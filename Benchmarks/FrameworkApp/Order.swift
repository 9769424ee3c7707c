/// What comes as a form: three fields.
struct Order: Decodable {
    let name: String
    let email: String
    let quantity: Int
}
