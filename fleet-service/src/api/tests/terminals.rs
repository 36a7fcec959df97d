//! Terminals over HTTP: who admits and revokes them.

use super::*;

#[tokio::test]
async fn only_a_registrar_or_admin_admits_and_revokes_and_both_are_seen_in_the_list() {
    let house = House::build().await;
    let officer = Officer {
        name: "登记丁".into(),
        authority: Authority::CityManagement,
        role: Role::Registrar,
        company: None,
    };
    let registrar = officers::add(&house.api.store, officer, "test", clock::now()).await.unwrap();
    let admit = |plate: &str| Some(json!({"plate": plate, "profile": "lh16bx"}));
    let path = "/api/v1/terminals/0001064/admit";
    for token in [&house.city, &house.police, &house.auditor] {
        assert_eq!(house.json("POST", path, Some(token), admit("豫A12345")).await.0, 403);
        assert_eq!(house.json("GET", "/api/v1/terminals/pending", Some(token), None).await.0, 403);
    }
    let said = house.json("POST", path, Some(&registrar), admit("豫A00000")).await;
    assert_eq!((said.0, said.1["detail_zh"].as_str()), (422, Some("登记册中没有车辆豫A00000，请先登记车辆")));
    assert_eq!(
        house.json("POST", "/api/v1/terminals/0/admit", Some(&registrar), admit("豫A12345")).await.0,
        422
    );
    assert_eq!(
        house
            .json("POST", path, Some(&registrar), Some(json!({"plate": "豫A12345", "profile": "../x"})))
            .await
            .0,
        422
    );

    assert_eq!(house.json("POST", path, Some(&registrar), admit("豫A12345")).await.0, 200);
    let (_, list) = house.json("GET", "/api/v1/terminals", Some(&house.auditor), None).await;
    let row = &list["terminals"].as_array().unwrap().iter().find(|row| row["terminal"] == "1064").unwrap();
    assert_eq!(
        (&row["standing"], &row["plate"], &row["profile"], &row["online"]),
        (&json!("admitted"), &json!("豫A12345"), &json!("lh16bx"), &json!(false))
    );
    assert_eq!(house.json("POST", "/api/v1/terminals/1064/revoke", Some(&registrar), None).await.0, 200);
    let (_, list) = house.json("GET", "/api/v1/terminals", Some(&house.auditor), None).await;
    let row = &list["terminals"].as_array().unwrap().iter().find(|row| row["terminal"] == "1064").unwrap();
    assert_eq!((&row["standing"], &row["plate"]), (&json!("revoked"), &Value::Null));
    let (status, raw) = house.json("GET", "/api/v1/terminals/1064/raw", Some(&house.auditor), None).await;
    assert_eq!((status, &raw["messages"]), (200, &json!([])));
}
