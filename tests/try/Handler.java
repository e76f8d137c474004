package example;

/** The smallest function. */
public class Handler {
    public String handleRequest(String event) {
        return "{\"said\": \"it works\"}";
    }
}
