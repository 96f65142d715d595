BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261121-114855-b8d803.000001','20261121-114855-b8d803','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','/srv/worldtree/tasks/20261121-114855-b8d803/attempts/20261121-114855-b8d803.000001','finished',2,NULL,1.79526173551306462289e+09,1.79526173552138042449e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261121-114855-070105.000001','20261121-114855-070105','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','/srv/worldtree/tasks/20261121-114855-070105/attempts/20261121-114855-070105.000001','finished',0,NULL,1.79526173553749155992e+09,1.79526173554000926016e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261121-114855-070105.000002','20261121-114855-070105','["p/m/t/c"]','["h1", "h2"]','/srv/worldtree/tasks/20261121-114855-070105/attempts/20261121-114855-070105.000002','finished',0,NULL,1.79526173554248833657e+09,1.79526173554905986787e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('b9df2723f44bcc776d56d2fe86544a520fae1e7f4216069b62287ea0514d4129',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE clusters (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "clusters" VALUES('shop',1.79526173550538802143e+09);
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261121-114855-b8d803',1,'task-started',1.79526173551263260844e+09,NULL,NULL,NULL,'{"seq":1,"kind":"task-started","time":1795261735.5126326,"result":{"task_id":"20261121-114855-b8d803","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',2,'attempt-started',1.79526173551306462289e+09,'20261121-114855-b8d803.000001',NULL,NULL,'{"seq":2,"kind":"attempt-started","time":1795261735.5130646,"attempt":"20261121-114855-b8d803.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261121-114855-b8d803/attempts/20261121-114855-b8d803.000001"}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',3,'node-started',1.7952617355131120681e+09,'20261121-114855-b8d803.000001','p/m/t/a',NULL,'{"seq":3,"kind":"node-started","time":1795261735.513112,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',4,'play-started',1.79526173552114343646e+09,'20261121-114855-b8d803.000001','p/m/t/a',NULL,'{"seq":4,"kind":"play-started","time":1795261735.5211434,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',5,'host-task-started',1.79526173552118730545e+09,'20261121-114855-b8d803.000001','p/m/t/a','h1','{"seq":5,"kind":"host-task-started","time":1795261735.5211873,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',6,'host-task-started',1.79526173552119946473e+09,'20261121-114855-b8d803.000001','p/m/t/a','h2','{"seq":6,"kind":"host-task-started","time":1795261735.5211995,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',7,'host-task-finished',1.79526173552122735978e+09,'20261121-114855-b8d803.000001','p/m/t/a','h1','{"seq":7,"kind":"host-task-finished","time":1795261735.5212274,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',8,'host-task-finished',1.79526173552124261858e+09,'20261121-114855-b8d803.000001','p/m/t/a','h2','{"seq":8,"kind":"host-task-finished","time":1795261735.5212426,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',9,'play-started',1.79526173552125406268e+09,'20261121-114855-b8d803.000001','p/m/t/b',NULL,'{"seq":9,"kind":"play-started","time":1795261735.521254,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',10,'host-task-started',1.79526173552126312258e+09,'20261121-114855-b8d803.000001','p/m/t/b','h1','{"seq":10,"kind":"host-task-started","time":1795261735.5212631,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',11,'host-task-finished',1.79526173552127838134e+09,'20261121-114855-b8d803.000001','p/m/t/b','h1','{"seq":11,"kind":"host-task-finished","time":1795261735.5212784,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',12,'run-stats',1.79526173552129149433e+09,'20261121-114855-b8d803.000001',NULL,NULL,'{"seq":12,"kind":"run-stats","time":1795261735.5212915,"attempt":"20261121-114855-b8d803.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',13,'attempt-finished',1.79526173552138042449e+09,'20261121-114855-b8d803.000001',NULL,NULL,'{"seq":13,"kind":"attempt-finished","time":1795261735.5213804,"attempt":"20261121-114855-b8d803.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',14,'node-started',1.79526173552518200876e+09,'20261121-114855-b8d803.000001','p/m/t/b',NULL,'{"seq":14,"kind":"node-started","time":1795261735.525182,"attempt":"20261121-114855-b8d803.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',15,'node-skipped',1.79526173552534747124e+09,NULL,'p/m/t/b','h2','{"seq":15,"kind":"node-skipped","time":1795261735.5253475,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',16,'node-finished',1.79526173552545475955e+09,NULL,'p/m/t/a',NULL,'{"seq":16,"kind":"node-finished","time":1795261735.5254548,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795261735.5211873,"ended":1795261735.5212274},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1795261735.5211995,"ended":1795261735.5212426}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',17,'node-finished',1.79526173552575778963e+09,NULL,'p/m/t/b',NULL,'{"seq":17,"kind":"node-finished","time":1795261735.5257578,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795261735.5212631,"ended":1795261735.5212784}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',18,'node-skipped',1.79526173552581930163e+09,NULL,'p/m/t/c',NULL,'{"seq":18,"kind":"node-skipped","time":1795261735.5258193,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-b8d803',19,'task-finished',1.79526173552594876291e+09,NULL,NULL,NULL,'{"seq":19,"kind":"task-finished","time":1795261735.5259488,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',1,'task-started',1.79526173553736090662e+09,NULL,NULL,NULL,'{"seq":1,"kind":"task-started","time":1795261735.537361,"result":{"task_id":"20261121-114855-070105","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',2,'attempt-started',1.79526173553749155992e+09,'20261121-114855-070105.000001',NULL,NULL,'{"seq":2,"kind":"attempt-started","time":1795261735.5374916,"attempt":"20261121-114855-070105.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261121-114855-070105/attempts/20261121-114855-070105.000001"}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',3,'node-started',1.79526173553752970693e+09,'20261121-114855-070105.000001','p/m/t/a',NULL,'{"seq":3,"kind":"node-started","time":1795261735.5375297,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',4,'play-started',1.79526173553983616829e+09,'20261121-114855-070105.000001','p/m/t/a',NULL,'{"seq":4,"kind":"play-started","time":1795261735.5398362,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',5,'host-task-started',1.79526173553987121586e+09,'20261121-114855-070105.000001','p/m/t/a','h1','{"seq":5,"kind":"host-task-started","time":1795261735.5398712,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',6,'host-task-started',1.79526173553988122946e+09,'20261121-114855-070105.000001','p/m/t/a','h2','{"seq":6,"kind":"host-task-started","time":1795261735.5398812,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',7,'host-task-finished',1.795261735539899826e+09,'20261121-114855-070105.000001','p/m/t/a','h1','{"seq":7,"kind":"host-task-finished","time":1795261735.5398998,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',8,'host-task-finished',1.7952617355399088859e+09,'20261121-114855-070105.000001','p/m/t/a','h2','{"seq":8,"kind":"host-task-finished","time":1795261735.539909,"attempt":"20261121-114855-070105.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',9,'play-started',1.79526173553991556168e+09,'20261121-114855-070105.000001','p/m/t/b',NULL,'{"seq":9,"kind":"play-started","time":1795261735.5399156,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',10,'host-task-started',1.79526173553992056839e+09,'20261121-114855-070105.000001','p/m/t/b','h1','{"seq":10,"kind":"host-task-started","time":1795261735.5399206,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',11,'host-task-started',1.79526173553992581368e+09,'20261121-114855-070105.000001','p/m/t/b','h2','{"seq":11,"kind":"host-task-started","time":1795261735.5399258,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',12,'host-task-finished',1.79526173553993439674e+09,'20261121-114855-070105.000001','p/m/t/b','h1','{"seq":12,"kind":"host-task-finished","time":1795261735.5399344,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',13,'host-task-finished',1.79526173553994107239e+09,'20261121-114855-070105.000001','p/m/t/b','h2','{"seq":13,"kind":"host-task-finished","time":1795261735.539941,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',14,'run-stats',1.79526173553994870184e+09,'20261121-114855-070105.000001',NULL,NULL,'{"seq":14,"kind":"run-stats","time":1795261735.5399487,"attempt":"20261121-114855-070105.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',15,'attempt-finished',1.79526173554000926016e+09,'20261121-114855-070105.000001',NULL,NULL,'{"seq":15,"kind":"attempt-finished","time":1795261735.5400093,"attempt":"20261121-114855-070105.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',16,'node-finished',1.79526173554213213916e+09,NULL,'p/m/t/a',NULL,'{"seq":16,"kind":"node-finished","time":1795261735.5421321,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795261735.5398712,"ended":1795261735.5398998},"h2":{"status":"changed","changed":true,"message":null,"started":1795261735.5398812,"ended":1795261735.539909}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',17,'node-started',1.79526173554221653936e+09,'20261121-114855-070105.000001','p/m/t/b',NULL,'{"seq":17,"kind":"node-started","time":1795261735.5422165,"attempt":"20261121-114855-070105.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',18,'node-finished',1.79526173554232335092e+09,NULL,'p/m/t/b',NULL,'{"seq":18,"kind":"node-finished","time":1795261735.5423234,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795261735.5399206,"ended":1795261735.5399344},"h2":{"status":"changed","changed":true,"message":null,"started":1795261735.5399258,"ended":1795261735.539941}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',19,'attempt-started',1.79526173554248833657e+09,'20261121-114855-070105.000002',NULL,NULL,'{"seq":19,"kind":"attempt-started","time":1795261735.5424883,"attempt":"20261121-114855-070105.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"/srv/worldtree/tasks/20261121-114855-070105/attempts/20261121-114855-070105.000002"}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',20,'node-started',1.79526173554252314566e+09,'20261121-114855-070105.000002','p/m/t/c',NULL,'{"seq":20,"kind":"node-started","time":1795261735.5425231,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',21,'play-started',1.7952617355489122867e+09,'20261121-114855-070105.000002','p/m/t/c',NULL,'{"seq":21,"kind":"play-started","time":1795261735.5489123,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',22,'host-task-started',1.79526173554895472532e+09,'20261121-114855-070105.000002','p/m/t/c','h1','{"seq":22,"kind":"host-task-started","time":1795261735.5489547,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',23,'host-task-started',1.7952617355489621162e+09,'20261121-114855-070105.000002','p/m/t/c','h2','{"seq":23,"kind":"host-task-started","time":1795261735.548962,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',24,'host-task-finished',1.79526173554898548128e+09,'20261121-114855-070105.000002','p/m/t/c','h1','{"seq":24,"kind":"host-task-finished","time":1795261735.5489855,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',25,'host-task-finished',1.79526173554899430269e+09,'20261121-114855-070105.000002','p/m/t/c','h2','{"seq":25,"kind":"host-task-finished","time":1795261735.5489943,"attempt":"20261121-114855-070105.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',26,'run-stats',1.79526173554900217053e+09,'20261121-114855-070105.000002',NULL,NULL,'{"seq":26,"kind":"run-stats","time":1795261735.5490022,"attempt":"20261121-114855-070105.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',27,'attempt-finished',1.79526173554905986787e+09,'20261121-114855-070105.000002',NULL,NULL,'{"seq":27,"kind":"attempt-finished","time":1795261735.5490599,"attempt":"20261121-114855-070105.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',28,'node-finished',1.79526173555102825166e+09,NULL,'p/m/t/c',NULL,'{"seq":28,"kind":"node-finished","time":1795261735.5510283,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795261735.5489547,"ended":1795261735.5489855},"h2":{"status":"changed","changed":true,"message":null,"started":1795261735.548962,"ended":1795261735.5489943}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-070105',29,'task-finished',1.79526173555115771299e+09,NULL,NULL,NULL,'{"seq":29,"kind":"task-finished","time":1795261735.5511577,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261121-114855-30b62e',1,'host-task-finished',1.5,NULL,NULL,'h1','{"seq":1,"kind":"host-task-finished","time":1.5,"host":"h1","status":"ok"}','b9df2723f44bcc776d56d2fe86544a520fae1e7f4216069b62287ea0514d4129',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/a','h1','ok',0,NULL,NULL,1.79526173552118730545e+09,1.79526173552122735978e+09);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79526173552119946473e+09,1.79526173552124261858e+09);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/b','h1','ok',0,NULL,NULL,1.79526173552126312258e+09,1.79526173552127838134e+09);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261121-114855-b8d803','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/a','h1','changed',1,NULL,NULL,1.79526173553987121586e+09,1.795261735539899826e+09);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/a','h2','changed',1,NULL,NULL,1.79526173553988122946e+09,1.7952617355399088859e+09);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/b','h1','changed',1,NULL,NULL,1.79526173553992056839e+09,1.79526173553993439674e+09);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/b','h2','changed',1,NULL,NULL,1.79526173553992581368e+09,1.79526173553994107239e+09);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/c','h1','changed',1,NULL,NULL,1.79526173554895472532e+09,1.79526173554898548128e+09);
INSERT INTO "host_results" VALUES('20261121-114855-070105','p/m/t/c','h2','changed',1,NULL,NULL,1.7952617355489621162e+09,1.79526173554899430269e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261121-114855-b8d803','p/m/t/a',0,'failed',NULL,NULL,1.7952617355131120681e+09,1.79526173552545475955e+09,1);
INSERT INTO "nodes" VALUES('20261121-114855-b8d803','p/m/t/b',1,'succeeded',NULL,NULL,1.79526173552518200876e+09,1.79526173552575778963e+09,1);
INSERT INTO "nodes" VALUES('20261121-114855-b8d803','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79526173552581930163e+09,0);
INSERT INTO "nodes" VALUES('20261121-114855-070105','p/m/t/a',0,'succeeded',NULL,NULL,1.79526173553752970693e+09,1.79526173554213213916e+09,1);
INSERT INTO "nodes" VALUES('20261121-114855-070105','p/m/t/b',1,'succeeded',NULL,NULL,1.79526173554221653936e+09,1.79526173554232335092e+09,1);
INSERT INTO "nodes" VALUES('20261121-114855-070105','p/m/t/c',2,'succeeded',NULL,NULL,1.79526173554252314566e+09,1.79526173555102825166e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('c068da838cc3c6a53e1718fa7b99d189ed3fc152e3e9e19da76e13f146c87171','shop','p',1,'{"version":1,"cluster":"shop","pipeline":"p","hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"ssh":{"private_key_file":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"ssh":{"private_key_file":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"id":"p/m/t/a","kind":"command","role":null,"entry":"main","params":{},"hosts":["h1","h2"],"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"id":"p/m/t/b","kind":"command","role":null,"entry":"main","params":{},"hosts":["h1","h2"],"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"id":"p/m/t/c","kind":"command","role":null,"entry":"main","params":{},"hosts":["h1","h2"],"vars":{},"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}]},"layers":[],"digests":{},"node_digests":{}}',1.79526173550538802143e+09);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE tasks (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64) NOT NULL, 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, document VARCHAR(64) REFERENCES documents (digest), parent VARCHAR REFERENCES tasks (id), 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY("plan") REFERENCES plans (digest)
);
INSERT INTO "tasks" VALUES('20261121-114855-b8d803','shop','p','apply','c068da838cc3c6a53e1718fa7b99d189ed3fc152e3e9e19da76e13f146c87171','/srv/worldtree/tasks/20261121-114855-b8d803','partial',NULL,1.79526173550538802143e+09,1.79526173551263260844e+09,1.79526173552594876291e+09,NULL,NULL);
INSERT INTO "tasks" VALUES('20261121-114855-070105','shop','p','apply','c068da838cc3c6a53e1718fa7b99d189ed3fc152e3e9e19da76e13f146c87171','/srv/worldtree/tasks/20261121-114855-070105','succeeded',NULL,1.79526173553503441814e+09,1.79526173553736090662e+09,1.79526173555115771299e+09,NULL,NULL);
INSERT INTO "tasks" VALUES('20261121-114855-30b62e','shop','p','verify','c068da838cc3c6a53e1718fa7b99d189ed3fc152e3e9e19da76e13f146c87171','/srv/worldtree/tasks/20261121-114855-30b62e','pending',NULL,1.79526173555323052409e+09,NULL,NULL,NULL,NULL);
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
COMMIT;
