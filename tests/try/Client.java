import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;

/** A client of the Runtime API in place of AWS's, which is in no registry that the tests use. */
public class Client {
    private static HttpURLConnection ask(String method, String path, String body) throws Exception {
        String api = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/" + path;
        HttpURLConnection to = (HttpURLConnection) new URL(api).openConnection();
        to.setRequestMethod(method);
        if (body != null) {
            to.setDoOutput(true);
            to.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        to.getResponseCode();
        return to;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t") + "\"";
    }

    public static void main(String[] arguments) throws Exception {
        String[] handler = arguments[0].split("::");
        Object function;
        Method method;
        try {
            Class<?> type = Class.forName(handler[0]);
            function = type.getDeclaredConstructor().newInstance();
            method = type.getMethod(handler[1], String.class);
        } catch (Throwable error) {
            StringWriter text = new StringWriter();
            error.printStackTrace(new PrintWriter(text));
            System.err.print(text);
            String body = "{\"errorType\": " + quoted(error.getClass().getName()) + ", \"errorMessage\": ";
            ask("POST", "init/error", body + quoted(String.valueOf(error.getMessage())) + "}");
            System.exit(1);
            return;
        }
        while (true) {
            HttpURLConnection next = ask("GET", "invocation/next", null);
            String event;
            try (InputStream stream = next.getInputStream()) {
                event = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
            String id = next.getHeaderField("Lambda-Runtime-Aws-Request-Id");
            ask("POST", "invocation/" + id + "/response", String.valueOf(method.invoke(function, event)));
        }
    }
}
